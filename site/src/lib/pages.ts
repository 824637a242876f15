/** The portal's pages, for the navigation and the command palette. */
export interface PageLink {
  readonly href: string;
  readonly name: string;
}

export const MAIN_PAGES: readonly PageLink[] = [
  { href: "/sessions/", name: "Sessions" },
  { href: "/workspaces/", name: "Workspaces" },
  { href: "/competitions/", name: "Competitions" },
];

export const OTHER_PAGES: readonly PageLink[] = [
  { href: "/settings/", name: "Settings" },
  { href: "/onboarding/", name: "Getting started" },
  { href: "/status/", name: "Status" },
  { href: "/docs", name: "API documentation" },
];

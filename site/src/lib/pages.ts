/** The portal's pages, for the navigation and the command palette. */
export interface PageLink {
  readonly href: string;
  readonly name: string;
}

export const MAIN_PAGES: readonly PageLink[] = [
  { href: "/dashboard/", name: "Dashboard" },
  { href: "/sessions/", name: "Sessions" },
  { href: "/workspaces/", name: "Workspaces" },
  { href: "/competitions/", name: "Competitions" },
  { href: "/datasets/", name: "Datasets" },
  { href: "/rankings/", name: "Rankings" },
];

export const OTHER_PAGES: readonly PageLink[] = [
  { href: "/settings/", name: "Settings" },
  { href: "/onboarding/", name: "Getting started" },
  { href: "/status/", name: "Status" },
  { href: "/docs", name: "API documentation" },
];

export const ADMIN_PAGE: PageLink = { href: "/admin/", name: "Admin" };

/**
 * Every page of the portal, once: what walks over all of them (`pages.portal.test.ts`, `bench/site.ts`) reads this. A
 * test compares it with the files in `site/src/pages`. `<session>` and the like are filled in by `furnish.ts`.
 */
export const OF_STRANGERS = ["/", "/login/", "/signup/", "/status/"] as const;

export const OF_MEMBERS = [
  "/dashboard/",
  "/onboarding/",
  "/sessions/",
  "/sessions/<session>/",
  "/sessions/<session>/terminal/",
  "/workspaces/",
  "/workspaces/<workspace>/",
  "/competitions/",
  "/competitions/<competition>/",
  "/competitions/<competition>/leaderboard/",
  "/competitions/<competition>/submit/",
  "/competitions/<competition>/history/",
  "/datasets/",
  "/datasets/<dataset>/",
  "/rankings/",
  "/profile/<person>/",
  "/settings/",
] as const;

export const OF_ADMINS = [
  "/admin/",
  "/admin/users/",
  "/admin/sessions/",
  "/admin/gpus/",
  "/admin/packs/",
  "/admin/competitions/",
  "/admin/submissions/",
  "/admin/announcements/",
  "/admin/audit/",
] as const;

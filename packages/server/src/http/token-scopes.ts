import type { Scope } from "@medforge/contracts/tokens";

/**
 * Which routes a bearer token opens: exactly these. A route that is named nowhere here answers no token at all, and so
 * do all that make or end a credential (logins, password, tokens, SSH keys, invitations) and a session's terminal.
 */

const SURFACES = ["external", "internal"] as const;

/** One line for both surfaces. */
const both = (line: string): string[] => SURFACES.map((surface) => line.replace("{exposure}", surface));

const SESSIONS_READ = [
  "GET /api/v2/me",
  "GET /api/v2/packs",
  ...both("GET /api/v2/{exposure}/announcements"),
  ...both("GET /api/v2/{exposure}/sessions"),
  ...both("GET /api/v2/{exposure}/sessions/current"),
  ...both("GET /api/v2/{exposure}/sessions/:id"),
  ...both("GET /api/v2/{exposure}/sessions/:id/events"),
  ...both("GET /api/v2/{exposure}/sessions/:id/log"),
  ...both("GET /api/v2/{exposure}/sessions/:id/ports"),
  ...both("GET /api/v2/{exposure}/sessions/:id/samples"),
  "GET /api/v2/workspaces",
  "GET /api/v2/workspaces/:id",
  "GET /api/v2/workspaces/:id/snapshots",
];

export const OPENED_BY: Readonly<Record<Scope, readonly string[]>> = {
  "sessions:read": SESSIONS_READ,
  "sessions:write": [
    ...SESSIONS_READ,
    ...both("POST /api/v2/{exposure}/sessions"),
    ...both("POST /api/v2/{exposure}/sessions/:id/stop"),
    "POST /api/v2/workspaces",
    "PATCH /api/v2/workspaces/:id",
    "DELETE /api/v2/workspaces/:id",
    "POST /api/v2/workspaces/:id/snapshots",
    "POST /api/v2/workspaces/:id/snapshots/:name/restore",
    "POST /api/v2/workspaces/:id/snapshots/:name/clone",
  ],
  "submissions:write": [
    "GET /api/v2/me",
    ...both("GET /api/v2/{exposure}/competitions"),
    ...both("GET /api/v2/{exposure}/competitions/:slug"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/leaderboard"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/public"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/public/:file"),
    ...both("GET /api/v2/{exposure}/rankings"),
    ...both("GET /api/v2/{exposure}/people/:handle"),
    ...both("GET /api/v2/{exposure}/datasets"),
    ...both("GET /api/v2/{exposure}/datasets/:slug"),
    ...both("GET /api/v2/{exposure}/datasets/:slug/files"),
    ...both("GET /api/v2/{exposure}/datasets/:slug/files/:file"),
    ...both("GET /api/v2/{exposure}/submissions"),
    ...both("POST /api/v2/{exposure}/competitions/:slug/submissions"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/submissions/me"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/submissions/:id"),
    ...both("GET /api/v2/{exposure}/competitions/:slug/submissions/:id/file"),
    ...both("POST /api/v2/{exposure}/competitions/:slug/submissions/:id/withdraw"),
  ],
  // Only for admins, and only while they are: `viewer.ts` asks for the role on every one of these.
  admin: [
    "GET /api/v2/admin/users",
    "PATCH /api/v2/admin/users/:id",
    "GET /api/v2/admin/sessions",
    "POST /api/v2/admin/sessions/:id/stop",
    "GET /api/v2/admin/health",
    "GET /api/v2/admin/orphans",
    "DELETE /api/v2/admin/orphans/:slug",
    "GET /api/v2/admin/gpus",
    "PATCH /api/v2/admin/gpus/:id",
    "GET /api/v2/admin/packs",
    "POST /api/v2/admin/packs",
    "POST /api/v2/admin/packs/:id/deprecate",
    "GET /api/v2/admin/submissions",
    "POST /api/v2/admin/submissions/:id/score",
    "GET /api/v2/admin/competitions",
    "POST /api/v2/admin/competitions",
    "POST /api/v2/admin/competitions/check",
    "POST /api/v2/admin/competitions/:slug/retire",
    "GET /api/v2/admin/competitions/:slug/board",
    "POST /api/v2/admin/competitions/:slug/rescore",
    "GET /api/v2/admin/announcements",
    "POST /api/v2/admin/announcements",
    "PATCH /api/v2/admin/announcements/:id",
    "GET /api/v2/admin/audit",
  ],
};

const opens = new Map(Object.entries(OPENED_BY).map(([scope, lines]) => [scope, new Set(lines)]));

/** @param route as the router knows it: `/api/v2/me`, `/api/v2/workspaces/:id` */
export function scopesOpening(method: string, route: string): string[] {
  // HEAD is answered by GET's route, without the body.
  const line = `${method === "HEAD" ? "GET" : method} ${route}`;
  return [...opens].filter(([, lines]) => lines.has(line)).map(([scope]) => scope);
}

/** Every route is closed to strangers unless it is named here; a test compares this list with what answers. */
export const OPEN_DOORS: readonly string[] = [
  "GET /docs",
  "GET /docs/:file",
  "GET /healthz",
  "GET /openapi.json",
  "GET /problems/:code",
  "GET /readyz",
  "GET /api/v2/auth/visitor",
  "GET /api/v2/auth/session-proxy",
  "GET /api/v2/auth/session-ticket",
  "GET /api/v2/auth/session-ticket/redeem",
  "GET /api/v2/status",
  "POST /api/v2/auth/login",
  "POST /api/v2/auth/signup",
];

const open = new Set(OPEN_DOORS);

export function isOpen(method: string, route: string): boolean {
  // HEAD is answered by GET's route, without the body.
  return open.has(`${method === "HEAD" ? "GET" : method} ${route}`);
}

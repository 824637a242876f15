import { expect, test } from "bun:test";

import { type Passage, passageTo, type Viewer, type Way } from "./access.ts";
import type { Exposure } from "./session.ts";

const owner: Viewer = { userId: "owner", role: "member", canUseInternal: false };
const VISITORS = {
  anonymous: undefined,
  owner,
  "owner with right": { ...owner, canUseInternal: true },
  other: { ...owner, userId: "other" },
  "other with right": { ...owner, userId: "other", canUseInternal: true },
  admin: { userId: "admin", role: "admin", canUseInternal: false },
} as const satisfies Record<string, Viewer | undefined>;
const HOST: Exposure = "EXTERNAL";
const SESSIONS = {
  running: { userId: "owner", exposure: HOST, running: true },
  stopped: { userId: "owner", exposure: HOST, running: false },
  unknown: undefined,
  "other exposure": { userId: "owner", exposure: "INTERNAL", running: true },
} as const;
const WAYS: readonly Way[] = ["navigation", "fetch", "websocket"];

const nothing = "not_found not_found not_found";
const strange = "log-in not_authenticated not_authenticated";
const passes = "pass pass pass";
const refused = "forbidden forbidden forbidden";
const outside = "internal_access_required internal_access_required internal_access_required";

/** As a row: what a navigation, a fetch and a WebSocket get. */
function row(
  visitor: Viewer | undefined,
  session: Parameters<typeof passageTo>[1],
  exposure: Exposure,
  here = true,
): string {
  const known = visitor === undefined ? undefined : { viewer: visitor, here };
  return WAYS.map((way): Passage => passageTo(known, session, exposure, way)).join(" ");
}

test("the whole matrix: who × what the host names × how", () => {
  const running: Record<keyof typeof VISITORS, string> = {
    anonymous: strange,
    owner: passes,
    "owner with right": passes,
    other: refused,
    "other with right": refused,
    admin: passes,
  };
  for (const [who, visitor] of Object.entries(VISITORS)) {
    for (const [what, session] of Object.entries(SESSIONS)) {
      const expected = what === "running" ? running[who as keyof typeof VISITORS] : nothing;
      expect(`${who}, ${what}: ${row(visitor, session, HOST)}`).toBe(`${who}, ${what}: ${expected}`);
    }
  }
});

test("the same for an internal session: even its owner needs the right", () => {
  const session = { userId: "owner", exposure: "INTERNAL", running: true } as const;
  const expected: Record<keyof typeof VISITORS, string> = {
    anonymous: strange,
    owner: outside,
    "owner with right": passes,
    other: refused,
    "other with right": refused,
    admin: passes,
  };
  for (const [who, visitor] of Object.entries(VISITORS)) {
    expect(`${who}: ${row(visitor, session, "INTERNAL")}`).toBe(
      `${who}: ${expected[who as keyof typeof VISITORS]}`,
    );
  }
});

test("a login for another host does not pass, but tells who is refused from who has to log in here", () => {
  expect(row(VISITORS.owner, SESSIONS.running, HOST, false)).toBe(strange);
  expect(row(VISITORS.admin, SESSIONS.running, HOST, false)).toBe(strange);
  expect(row(VISITORS.other, SESSIONS.running, HOST, false)).toBe(refused);
  expect(row(VISITORS.owner, SESSIONS.stopped, HOST, false)).toBe(nothing);
});

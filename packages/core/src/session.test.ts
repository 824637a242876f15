import { expect, test } from "bun:test";

import {
  destinationOf,
  END_REASONS,
  endSnapshotName,
  isActive,
  isTerminal,
  mayMove,
  SESSION_STATES,
} from "./session.ts";

test("these are all the moves there are, and every other one is refused", () => {
  const moves = SESSION_STATES.flatMap((from) =>
    SESSION_STATES.filter((to) => mayMove(from, to)).map((to) => `${from} → ${to}`),
  );
  // The diagram of the contract, "Session life".
  expect(moves).toEqual([
    "QUEUED → STARTING",
    "QUEUED → STOPPED",
    "STARTING → RUNNING",
    "STARTING → STOPPING",
    "RUNNING → STOPPING",
    "STOPPING → STOPPED",
    "STOPPING → ERROR",
  ]);
});

test("an active session reaches a terminal state only through STOPPING", () => {
  for (const from of SESSION_STATES.filter(isActive)) {
    for (const to of SESSION_STATES.filter(isTerminal)) expect(mayMove(from, to)).toBe(from === "STOPPING");
  }
});

test("only what somebody asked for ends in STOPPED, with a stop-snapshot; the rest in ERROR, with a death-snapshot", () => {
  const stopped = END_REASONS.filter((reason) => destinationOf(reason) === "STOPPED");
  expect(stopped).toEqual(["stop_requested", "cancelled", "admin_stop"]);
  expect(endSnapshotName("admin_stop", 1760000000000)).toBe("stop-1760000000000");
  expect(endSnapshotName("container_died", 1760000000000)).toBe("death-1760000000000");
});

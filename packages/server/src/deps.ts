import { type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";
import type { Database } from "@medforge/db/database";
import type { Containers } from "@medforge/runtime/containers/port";
import type { Clock } from "@medforge/runtime/deadline";
import type { Firewall } from "@medforge/runtime/firewall/port";
import type { Gpus } from "@medforge/runtime/gpus/port";
import type { Keys } from "@medforge/runtime/keys/port";
import type { Streams } from "@medforge/runtime/streams/port";
import type { Workspaces } from "@medforge/runtime/workspaces/port";

import type { Bell } from "./bell.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { Rights } from "./rights.ts";
import type { Scorer } from "./scorer/scorer.ts";

/** Everything that the house uses from outside, time and chance included. Made once, in `main.ts` or by a test. */
export interface Deps {
  readonly config: Config;
  readonly db: Database;
  readonly containers: Containers;
  readonly workspaces: Workspaces;
  readonly gpus: Gpus;
  readonly firewall: Firewall;
  readonly keys: Keys;
  readonly streams: Streams;
  readonly scorer: Scorer;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Log;
  /** Rung with a session's id whenever its row was changed by this process: wakes the loop and the event streams. */
  readonly bell: Bell;
  /** Said whenever this process changed who may do what. */
  readonly rights: Rights;
}

export function newId(deps: Pick<Deps, "clock" | "randomBytes">): string {
  return uuidv7(deps.clock.now(), deps.randomBytes(10));
}

export function newSlug(deps: Pick<Deps, "randomBytes">): Slug {
  return slugFrom(deps.randomBytes(5));
}

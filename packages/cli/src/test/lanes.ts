import {
  browserLane,
  conformanceLane,
  databaseLane,
  machineLane,
  newcomerLane,
  portalLane,
  simulationLane,
  unitLane,
} from "./bun-lanes.ts";
import { checkLane, shellLane } from "./check-lanes.ts";
import type { Counts } from "./counts.ts";
import { structureLane } from "./structure.ts";

/** What a lane gets to work with. */
export interface Bench {
  readonly root: string;
  /** A folder of this run alone, removed when it ends. */
  readonly scratch: string;
  /** Survives runs: root filesystems of packs. */
  readonly cache: string;
}

export interface Lane {
  readonly name: string;
  readonly checks: string;
  run(bench: Bench): Promise<LaneResult>;
}

export interface LaneResult extends Counts {
  /** Shown when something failed. */
  readonly output: string;
  /** Why the lane, or a part of it, could not run here; counted in `skipped`. */
  readonly skippedBecause?: string;
}

/** Every lane of `./medforge test`, the quick ones first. */
export const LANES: readonly Lane[] = [
  { name: "format", checks: "Biome's formatting", run: checkLane(["biome", "format", "."]) },
  { name: "lint", checks: "Biome's rules", run: checkLane(["biome", "lint", "."]) },
  { name: "types", checks: "the TypeScript compiler", run: checkLane(["tsc", "--noEmit"]) },
  { name: "shell", checks: "shellcheck over every script", run: shellLane },
  { name: "structure", checks: "which package may import which, and the lockfile", run: structureLane },
  { name: "unit", checks: "*.test.ts that need nothing", run: unitLane },
  { name: "conformance", checks: "*.vectors.test.ts: the scoring vectors", run: conformanceLane },
  { name: "browser", checks: "*.browser.test.ts in Chromium", run: browserLane },
  { name: "database", checks: "*.db.test.ts on a private MariaDB", run: databaseLane },
  { name: "portal", checks: "*.portal.test.ts: the web site in Chromium, on a real API", run: portalLane },
  { name: "simulation", checks: "*.sim.test.ts: seeded days in a pretended machine", run: simulationLane },
  {
    name: "machine",
    checks: "*.machine.test.ts and *.e2e.test.ts on real things, in a lab",
    run: machineLane,
  },
  {
    name: "newcomer",
    checks: "*.lab.test.ts: from a fresh clone to a session over ssh",
    run: newcomerLane,
  },
];

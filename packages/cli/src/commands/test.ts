import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { nearest } from "@medforge/core/nearest";

import { aptCommand, aptFacts, install, missing, needs, packagesFor, refusal } from "../host/apt.ts";
import { CHECKOUT } from "../host/places.ts";
import { seconds, step } from "../progress.ts";
import { add, type Counts, closingLine } from "../test/counts.ts";
import { type Bench, LANES, type Lane, type LaneResult } from "../test/lanes.ts";
import { UsageError, type Verb } from "../verb.ts";

export const test: Verb = {
  name: "test",
  summary: "Runs every check and every test, and ends with one line `N passed, N failed`.",
  forms: ["[--install] [--only <lane>]…"],
  options: {
    install: {
      type: "boolean",
      help: "installs what the tests need with apt-get (root on Debian or Ubuntu)",
    },
    only: {
      type: "string",
      multiple: true,
      help: `only this lane: ${LANES.map((lane) => lane.name).join(", ")}`,
    },
  },
  run: async (input) => {
    const lanes = chosen(input.all("only"));
    if (input.on("install")) await installNeeds();
    const counts = await runLanes(lanes);
    const strict = process.env.CI === "true";
    if (strict && counts.skipped > 0) console.log("CI=true: what is skipped counts as failed");
    console.log(closingLine(counts));
    return counts.failed > 0 || (strict && counts.skipped > 0) ? 1 : 0;
  },
};

/** @throws UsageError naming the nearest lane */
export function chosen(only: readonly string[], lanes: readonly Lane[] = LANES): readonly Lane[] {
  const names = lanes.map((lane) => lane.name);
  for (const name of only) {
    if (!names.includes(name))
      throw new UsageError(`${name} is not a lane; did you mean ${nearest(name, names)}?`);
  }
  return only.length === 0 ? lanes : lanes.filter((lane) => only.includes(lane.name));
}

async function runLanes(lanes: readonly Lane[]): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), "medforge-test-"));
  const bench: Bench = { root: CHECKOUT, scratch, cache: join(CHECKOUT, ".medforge/cache") };
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const lane of lanes) {
      console.log(`${lane.name}: ${lane.checks}`);
      const started = performance.now();
      const result = await lane.run(bench).catch(crashed);
      if (result.failed > 0) console.log(result.output.trimEnd());
      if (result.skippedBecause !== undefined) console.log(`  skipped: ${result.skippedBecause}`);
      console.log(`  ${closingLine(result)} in ${seconds(performance.now() - started)}`);
      counts = add(counts, result);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return counts;
}

/** A lane whose own machinery broke has failed; the lanes after it still run. */
function crashed(error: unknown): LaneResult {
  return {
    passed: 0,
    failed: 1,
    skipped: 0,
    output: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

async function installNeeds(): Promise<void> {
  const facts = await aptFacts(true);
  const packages = packagesFor(missing(needs("test", facts)), facts);
  if (packages.length === 0) return;
  const why = refusal(facts);
  if (why !== undefined) throw new UsageError(`--install: ${why}. Needed: ${aptCommand(packages).join(" ")}`);
  await step(`installing ${packages.join(" ")}`, () => install(packages));
}

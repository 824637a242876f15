import { readFile } from "node:fs/promises";

import { systemClock } from "@medforge/runtime/deadline";

import { readConfig } from "../../config.ts";
import { withBundle } from "../open-bundle.ts";

/** Opens a bundle and says by how many bytes its memory has grown at most. usage: open-child.ts <state folder> <bundle> */

const [stateDir = "", bundle = ""] = process.argv.slice(2);
const config = readConfig({
  DATABASE_URL: "mysql://nobody",
  MEDFORGE_RUNTIME: "memory",
  MEDFORGE_STATE_DIR: stateDir,
});
const deps = {
  config,
  clock: systemClock,
  randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};

async function peakBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const before = await peakBytes();
const faults = await withBundle(deps, bundle, async (open) => open.faults);
console.log(JSON.stringify({ faults, grownBytes: (await peakBytes()) - before }));

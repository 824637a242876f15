import { existsSync } from "node:fs";
import { join } from "node:path";

import { child } from "./child.ts";
import { RAW } from "./volumes.ts";

const SCRIPT = join(import.meta.dirname, "yardstick.py");

export interface YardstickCase {
  readonly what: "surfaces" | "components";
  readonly shape: readonly number[];
  readonly labels?: number;
  readonly spacing?: readonly number[];
}

/** Debian's own, for its python3-scipy; elsewhere whatever is called python3. */
const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

/** What the yardsticks run on. */
export function yardstickVersions(): Promise<string> {
  return child<string>([PYTHON, SCRIPT], JSON.stringify({ what: "versions" }));
}

/** Runs yardstick.py on the case that lies in the folder. */
export function yardstick<Answer>(folder: string, one: YardstickCase): Promise<Answer> {
  const [reference, prediction] = RAW.map((name) => join(folder, name));
  return child<Answer>([PYTHON, SCRIPT], JSON.stringify({ ...one, reference, prediction }));
}

import { join } from "node:path";

import { child } from "./child.ts";
import { RAW } from "./volumes.ts";

export interface YardstickCase {
  readonly what: "surfaces" | "components";
  readonly shape: readonly number[];
  readonly labels?: number;
  readonly spacing?: readonly number[];
}

/** Runs yardstick.py on the case that lies in the folder. */
export function yardstick<Answer>(folder: string, one: YardstickCase): Promise<Answer> {
  const [reference, prediction] = RAW.map((name) => join(folder, name));
  return child<Answer>(
    ["python3", join(import.meta.dirname, "yardstick.py")],
    JSON.stringify({ ...one, reference, prediction }),
  );
}

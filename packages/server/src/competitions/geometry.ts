import "../arktype-settings.ts";

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import { type } from "arktype";

/** `public/geometry.json`: where the voxels of each case lie, by its id. */
const FILE = "geometry.json";
const FAULTS_MAX = 20;

const Row = type("number[] == 4");
const Geometry = type({
  "[string]": {
    shape: type("number.integer >= 1").array().and("unknown[] <= 3"),
    /** In millimetres. */
    spacing: type("number > 0").array().and("unknown[] <= 3"),
    affine: Row.array().and(type("3 <= unknown[] <= 4")),
  },
});

/** @param folder `public/` of a bundle */
export async function geometryFaults(folder: string): Promise<FieldError[]> {
  const wrong = (message: string, path = "") => ({ path, entry: `public/${FILE}`, message });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, FILE), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return [wrong("is not JSON")];
    throw error;
  }
  const read = Geometry(json);
  if (!(read instanceof type.errors)) return [];
  return [...read].slice(0, FAULTS_MAX).map((fault) => wrong(fault.problem, fault.path.join(".")));
}

import { assert } from "@medforge/core/assert";
import { type Manifest, parseManifest } from "@medforge/scoring";

/** The rules of a competition, as imported. */
export function manifestOf(competition: { readonly manifest: string }): Manifest {
  const read = parseManifest(competition.manifest);
  assert(read.ok, "a manifest was valid when it was imported");
  return read.value;
}

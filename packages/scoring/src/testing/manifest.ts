import { type Manifest, validateManifest } from "../competition.ts";

/** Bytes of a text, as a file would hold them. */
export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** A valid manifest in which only what a test is about has to be named. */
export function manifestOf(change: object): Manifest {
  const validated = validateManifest({
    slug: "a-b",
    title: "A",
    description: "B",
    exposure: "internal",
    dataset_slug: null,
    id_column: "id",
    evaluation_split_version: "v1",
    submissions_per_day_max: 5,
    ...change,
  });
  if (!validated.ok) throw new Error(JSON.stringify(validated.faults));
  return validated.value;
}

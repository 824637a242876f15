import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Manifest, openZip } from "@medforge/scoring";
import { fileSource } from "@medforge/scoring/cli/files";
import { faultsError } from "@medforge/scoring/errors";
import { readTableFile } from "@medforge/scoring/score/submission-table";

import { type Bundle, IDS_FILE, PUBLIC_FOLDER } from "./bundle.ts";
import { csvLine } from "./csv-line.ts";

const GEOMETRY_FILE = "geometry.json";

/**
 * Afterwards `to` holds what submissions are checked against. Without `public/ids.csv` the ids are those of the sample
 * submission, in its order.
 * @returns the file that was made in place of `public/ids.csv`, if one was
 * @throws ScoringError for a sample submission that has no ids to read
 */
export async function layOutPublicIds(bundle: Bundle, to: string): Promise<string | undefined> {
  await mkdir(to, { mode: 0o700 });
  const has = (name: string) => bundle.shown.some(({ path }) => path === name);
  for (const name of [IDS_FILE, GEOMETRY_FILE].filter(has))
    await copyFile(join(bundle.folder, PUBLIC_FOLDER, name), join(to, name));
  if (has(IDS_FILE)) return undefined;
  const { manifest } = bundle.rules;
  const ids = await sampleIds(manifest, join(bundle.folder, bundle.sample.path));
  const made = join(to, IDS_FILE);
  await writeFile(made, [manifest.idColumn, ...ids].map((id) => csvLine([id])).join(""), { mode: 0o600 });
  return made;
}

async function sampleIds(manifest: Manifest, sample: string): Promise<string[]> {
  const source = await fileSource(sample);
  if (manifest.task === "segmentation-nifti") {
    const files = await openZip(source, { entriesMax: 3 * manifest.limits.casesMax + 100 });
    return files.map(({ name }) => name.replace(/\.nii(\.gz)?$/, ""));
  }
  const text = { kind: "text", emptyAllowed: true } as const;
  const others = manifest.targetColumns.map((name) => [name, text] as const);
  const table = await readTableFile(manifest, source, {
    [manifest.idColumn]: { kind: "text" },
    ...Object.fromEntries(others),
  });
  if (table.faults.length > 0) throw faultsError(table.faults, table.faultsTotal);
  return [...new Set(table.columns[manifest.idColumn] as readonly string[])];
}

import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

import { gzip, type Manifest } from "@medforge/scoring";
import { fileSource, imagesIn } from "@medforge/scoring/cli/files";
import { faultsError } from "@medforge/scoring/errors";
import { readTableFile, type TableTargets, tableTargets } from "@medforge/scoring/score/submission-table";

import { csvLine } from "./csv-line.ts";
import { StoredZip } from "./stored-zip.ts";

/** The submission that gives every answer right, made of the holdout: what the best line of a board is checked with. */

const ROWS_AT_ONCE = 10_000;

/**
 * @param to must not be there yet; only the server may read it
 * @returns how many cases the holdout has
 * @throws ScoringError for a holdout that cannot be read; it names places and never values
 */
export async function writePerfect(manifest: Manifest, holdout: string, to: string): Promise<number> {
  return manifest.task === "segmentation-nifti"
    ? writeMasks(holdout, to)
    : writeTable(manifest, join(holdout, "holdout.csv"), to);
}

async function writeMasks(holdout: string, to: string): Promise<number> {
  const images = await imagesIn(holdout);
  const zip = await StoredZip.create(to);
  try {
    for (const [id, path] of images) {
      const bytes = new Uint8Array(await readFile(path));
      await zip.add(`${id}.nii.gz`, path.endsWith(".gz") ? bytes : await gzip(bytes));
    }
    await zip.end();
  } finally {
    await zip.close();
  }
  return images.size;
}

async function writeTable(manifest: Manifest, holdout: string, to: string): Promise<number> {
  const targets = tableTargets(manifest);
  const names = [manifest.idColumn, ...hiddenColumns(manifest, targets)];
  const limits = { ...manifest.limits, bytesMax: Number.MAX_SAFE_INTEGER, casesMax: 1e8 };
  const text = { kind: "text", emptyAllowed: true } as const;
  const schema = Object.fromEntries(names.map((name) => [name, text]));
  const table = await readTableFile({ ...manifest, limits }, await fileSource(holdout), schema);
  if (table.faults.length > 0) throw faultsError(table.faults, table.faultsTotal);
  const columns = names.map((name) => table.columns[name] as readonly string[]);
  const answer = answers(manifest, targets);
  const file = await open(to, "wx", 0o600);
  try {
    await file.write(csvLine([manifest.idColumn, ...manifest.targetColumns]));
    for (let from = 0; from < table.rows; from += ROWS_AT_ONCE) {
      const rows: string[] = [];
      for (let row = from; row < Math.min(table.rows, from + ROWS_AT_ONCE); row++) {
        const [id = "", ...values] = columns.map((column) => column[row] ?? "");
        rows.push(csvLine([id, ...answer(values)]));
      }
      await file.write(rows.join(""));
    }
  } finally {
    await file.close();
  }
  return new Set(columns[0]).size;
}

/** What a holdout has beside the id; see `readTableHoldout` of the scoring package. */
function hiddenColumns({ targetColumns }: Manifest, targets: TableTargets): readonly string[] {
  switch (targets) {
    case "class-scores":
      return ["label"];
    case "risk":
      return ["time", "event"];
    case "runs":
      return [...targetColumns, "width", "height"];
    case "boxes":
      return targetColumns.slice(1);
    case "labels":
    case "scores":
    case "numbers":
      return targetColumns;
  }
}

/** From the hidden columns of a row to the submitted ones. */
function answers({ targetColumns }: Manifest, targets: TableTargets): (hidden: string[]) => string[] {
  switch (targets) {
    case "class-scores":
      return ([label]) => targetColumns.map((_, at) => (at === Number(label) ? "1" : "0"));
    case "risk":
      // High means early.
      return ([time]) => [String(0 - Number(time))];
    case "runs":
      return ([mask = ""]) => [mask];
    case "boxes":
      return (box) => [box.every((value) => value === "") ? "" : "1", ...box];
    case "labels":
    case "scores":
    case "numbers":
      return (values) => values;
  }
}

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";

import { type Fault, fault, placeText } from "../errors.ts";
import { type PoolCase, ScoringPool } from "../pool/pool.ts";
import { numberList, parseCommand } from "./arguments.ts";
import { imagesIn, readBytes } from "./files.ts";
import { measureColumns, measureRow } from "./measure.ts";
import { csvText, jsonText, progressBar, type Terminal, UsageError } from "./terminal.ts";

export const folderUsage =
  "folder <references> <predictions> [--labels 1,2] [--tolerance 1,2] [--workers 4] [--json] [--out file]";

/** A table of every case and label. Cases that cannot be compared are listed on standard error, and the rest goes on. */
export async function folderCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseCommand(args, ["references", "predictions"], {
    labels: { type: "string" },
    tolerance: { type: "string" },
    workers: { type: "string" },
    json: { type: "boolean" },
    out: { type: "string", short: "o" },
  });
  const [referenceFolder = "", predictionFolder = ""] = positionals;
  const tolerances = numberList(values.tolerance, "tolerance", { min: 0, max: 1e6 }) ?? [1];
  const labels = numberList(values.labels, "labels", { min: 0, max: 65535, whole: true });
  const [workers = availableParallelism()] =
    numberList(values.workers, "workers", { min: 1, max: 64, whole: true }) ?? [];
  const references = await imagesIn(referenceFolder);
  const predictions = await imagesIn(predictionFolder);
  if (references.size === 0) throw new UsageError(`${referenceFolder} holds no .nii or .nii.gz file.`);
  const cases: PoolCase[] = [];
  const faults: Fault[] = [];
  for (const [name, reference] of references) {
    const prediction = predictions.get(name);
    if (prediction === undefined) faults.push(fault("id_missing", { file: name }, "There is no prediction."));
    else {
      cases.push({
        id: name,
        tolerances,
        ...(labels !== undefined && { labels }),
        load: async () => ({
          reference: await readBytes(reference),
          prediction: await readBytes(prediction),
        }),
      });
    }
  }
  for (const name of predictions.keys()) {
    if (!references.has(name)) faults.push(fault("id_unknown", { file: name }, "There is no reference."));
  }
  const progress = progressBar(terminal, "cases");
  const pool = new ScoringPool({ workers });
  const results = await pool.score(cases, { onProgress: progress });
  pool.close();
  const rows = results.flatMap((result) => {
    if ("scores" in result)
      return result.scores.map((score) => ({ case: result.id, row: measureRow(score) }));
    faults.push(...result.faults.map((one) => ({ ...one, where: placeOf(result.id, one) })));
    return [];
  });
  const columns = measureColumns(tolerances);
  const named = (row: readonly number[]) =>
    Object.fromEntries(columns.map((column, at) => [column, row[at]]));
  const text =
    values.json === true
      ? jsonText(rows.map((one) => ({ case: one.case, ...named(one.row) })))
      : csvText([["case", ...columns], ...rows.map((one) => [one.case, ...one.row])]);
  if (typeof values.out === "string") await writeFile(values.out, text);
  else terminal.out(text);
  for (const { code, message, where } of faults) terminal.err(`${code}: ${placeText(where)}${message}\n`);
  return faults.length === 0 ? 0 : 1;
}

/** The pool calls a case's two files by their parts; a person wants the case as well. */
function placeOf(id: string, { where }: Fault): Fault["where"] {
  return { ...where, file: where.file === undefined ? id : `${id} (${where.file})` };
}

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";

import { type Fault, fault, placeText } from "../errors.ts";
import { numberList, parseCommand } from "./arguments.ts";
import type { CaseJob } from "./case-job.ts";
import { imagesIn } from "./files.ts";
import { measureColumns } from "./measure.ts";
import { csvText, jsonText, progressBar, type Terminal, UsageError } from "./terminal.ts";
import { doCases } from "./workers.ts";

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
    numberList(values.workers, "workers", { min: 1, max: 256, whole: true }) ?? [];
  const references = await imagesIn(referenceFolder);
  const predictions = await imagesIn(predictionFolder);
  if (references.size === 0) throw new UsageError(`${referenceFolder} holds no .nii or .nii.gz file.`);
  const jobs: CaseJob[] = [];
  const faults: Fault[] = [];
  for (const [name, reference] of references) {
    const prediction = predictions.get(name);
    if (prediction === undefined) faults.push(fault("id_missing", { file: name }, "There is no prediction."));
    else jobs.push({ name, reference, prediction, options: { labels, tolerances } });
  }
  for (const name of predictions.keys()) {
    if (!references.has(name)) faults.push(fault("id_unknown", { file: name }, "There is no reference."));
  }
  const progress = progressBar(terminal, "cases");
  let done = 0;
  const results = await doCases(jobs, workers, () => progress(++done, jobs.length));
  faults.push(...results.flatMap((result) => result.faults));
  const rows = results.flatMap((result, at) =>
    result.rows.map((row) => ({ case: jobs[at]?.name ?? "", row })),
  );
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

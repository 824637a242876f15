import { writeFile } from "node:fs/promises";

import { type Fault, ScoringError } from "../errors.ts";
import { Workspace } from "../kernels/workspace.ts";
import { numberList, parseCommand } from "./arguments.ts";
import { imagesIn } from "./files.ts";
import { measureColumns, measurePair, measureRow } from "./measure.ts";
import { csvText, jsonText, progressBar, type Terminal, UsageError } from "./terminal.ts";

export const folderUsage =
  "folder <references> <predictions> [--labels 1,2] [--tolerance 1,2] [--json] [--out file]";

interface CaseRow {
  readonly case: string;
  readonly values: readonly number[];
}

/** A table of every case and label. Cases that cannot be compared are listed on standard error, and the rest goes on. */
export async function folderCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseCommand(args, ["references", "predictions"], {
    labels: { type: "string" },
    tolerance: { type: "string" },
    json: { type: "boolean" },
    out: { type: "string", short: "o" },
  });
  const [referenceFolder = "", predictionFolder = ""] = positionals;
  const tolerances = numberList(values.tolerance, "tolerance", { min: 0, max: 1e6 }) ?? [1];
  const labels = numberList(values.labels, "labels", { min: 0, max: 65535, whole: true });
  const references = await imagesIn(referenceFolder);
  const predictions = await imagesIn(predictionFolder);
  if (references.size === 0) throw new UsageError(`${referenceFolder} holds no .nii or .nii.gz file.`);
  const workspace = await Workspace.create();
  const progress = progressBar(terminal, "cases");
  const rows: CaseRow[] = [];
  const faults: Fault[] = [];
  let done = 0;
  for (const [name, reference] of references) {
    const prediction = predictions.get(name);
    if (prediction === undefined)
      faults.push({ code: "id_missing", message: "There is no prediction.", where: { file: name } });
    else {
      try {
        const { scores } = await measurePair(
          workspace,
          { reference, prediction },
          { labels, tolerances },
          terminal.now,
        );
        rows.push(...scores.map((score) => ({ case: name, values: measureRow(score) })));
      } catch (error) {
        if (!(error instanceof ScoringError)) throw error;
        faults.push(...error.faults);
      }
    }
    progress(++done, references.size);
  }
  for (const name of predictions.keys()) {
    if (!references.has(name))
      faults.push({ code: "id_unknown", message: "There is no reference.", where: { file: name } });
  }
  const columns = measureColumns(tolerances);
  const text =
    values.json === true
      ? jsonText(
          rows.map((row) => ({
            case: row.case,
            ...Object.fromEntries(columns.map((c, at) => [c, row.values[at]])),
          })),
        )
      : csvText([["case", ...columns], ...rows.map((row) => [row.case, ...row.values])]);
  if (typeof values.out === "string") await writeFile(values.out, text);
  else terminal.out(text);
  for (const { code, message, where } of faults) terminal.err(`${where.file ?? ""}: ${code}: ${message}\n`);
  return faults.length === 0 ? 0 : 1;
}

import { Workspace } from "../kernels/workspace.ts";
import { packageVersion } from "../version.ts";
import { numberList, parseCommand } from "./arguments.ts";
import { measureColumns, measurePair, measureRow } from "./measure.ts";
import { jsonText, shortNumber, type Terminal, textTable } from "./terminal.ts";

export const compareUsage =
  "compare <reference.nii.gz> <prediction.nii.gz> [--labels 1,2] [--tolerance 1,2] [--json] [--timings]";

/** Two masks of one image, label by label. */
export async function compareCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseCommand(args, ["reference.nii.gz", "prediction.nii.gz"], {
    labels: { type: "string" },
    tolerance: { type: "string" },
    json: { type: "boolean" },
    timings: { type: "boolean" },
  });
  const [reference = "", prediction = ""] = positionals;
  const tolerances = numberList(values.tolerance, "tolerance", { min: 0, max: 1e6 }) ?? [1];
  const labels = numberList(values.labels, "labels", { min: 0, max: 65535, whole: true });
  const workspace = await Workspace.create();
  const pair = await measurePair(workspace, { reference, prediction }, { labels, tolerances }, terminal.now);
  if (values.json === true) {
    const { scores, timings, ...image } = pair;
    const versions = { scorer: packageVersion, engine: workspace.engine };
    terminal.out(
      jsonText({
        versions,
        ...image,
        tolerances,
        labels: scores,
        ...(values.timings === true && { timings }),
      }),
    );
    return 0;
  }
  const rows = pair.scores.map((score) => measureRow(score).map(shortNumber));
  terminal.out(textTable([measureColumns(tolerances), ...rows]));
  if (values.timings === true) {
    const { readMs, scoreMs } = pair.timings;
    terminal.out(`read ${readMs.toFixed(1)} ms, scored ${scoreMs.toFixed(1)} ms (${workspace.engine})\n`);
  }
  return 0;
}

import { availableParallelism } from "node:os";

import type { Fault } from "../errors.ts";
import { placeText } from "../errors.ts";
import { ScoringPool } from "../pool/pool.ts";
import { precheck, score } from "../score.ts";
import { numberList, parseCommand } from "./arguments.ts";
import { readHoldout, readManifest, readPublicIds } from "./bundle.ts";
import { fileSource } from "./files.ts";
import { jsonText, progressBar, shortNumber, type Terminal, textTable } from "./terminal.ts";

export const checkUsage = "check <bundle-public-dir> <submission> [--json]";
export const scoreUsage = "score <bundle> <submission> [--json] [--cases] [--workers 4]";

/** What the server checks of an upload, without any reference. */
export async function checkCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseCommand(args, ["bundle-public-dir", "submission"], {
    json: { type: "boolean" },
  });
  const [folder = "", submission = ""] = positionals;
  const manifest = await readManifest(folder);
  const publicIds = await readPublicIds(manifest, folder);
  const onProgress = progressBar(terminal, "cases");
  const checked = await precheck(manifest, publicIds, await fileSource(submission), { onProgress });
  if (values.json === true) terminal.out(jsonText(checked));
  else {
    printFaults(terminal, "warning", checked.warnings, checked.warningsTotal);
    printFaults(terminal, "fault", checked.faults, checked.faultsTotal);
    if (checked.ok)
      terminal.out(`fine: ${checked.entries} ${manifest.targetColumns.length === 0 ? "files" : "rows"}\n`);
  }
  return checked.ok ? 0 : 1;
}

/** The score against a reference that one has: an organiser's, or one's own validation split. */
export async function scoreCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseCommand(args, ["bundle", "submission"], {
    json: { type: "boolean" },
    cases: { type: "boolean" },
    workers: { type: "string" },
  });
  const [bundle = "", submission = ""] = positionals;
  const manifest = await readManifest(bundle);
  const holdout = await readHoldout(manifest, bundle);
  const onProgress = progressBar(terminal, "cases");
  const [workers = availableParallelism()] =
    numberList(values.workers, "workers", { min: 1, max: 64, whole: true }) ?? [];
  // Workers are started only when there are masks to measure.
  const pool = new ScoringPool({ workers });
  const report = await score(manifest, holdout, await fileSource(submission), { onProgress, pool }).finally(
    () => pool.close(),
  );
  if (values.json === true) {
    terminal.out(jsonText(report));
    return 0;
  }
  printFaults(terminal, "warning", report.warnings, report.warningsTotal);
  const rows = report.components.map(({ key, version, value, unit, direction }) => [
    key === report.primary.key ? `${key} (primary)` : key,
    shortNumber(value),
    unit,
    direction,
    version,
  ]);
  terminal.out(textTable([["metric", "value", "unit", "direction", "version"], ...rows]));
  if (values.cases === true) {
    const keyed = report.components.filter((component) => component.perCase !== undefined);
    const lines = report.caseIds.map((id, at) => [
      id,
      ...keyed.map(({ perCase }) => shortNumber(perCase?.[at] ?? null)),
    ]);
    terminal.out(textTable([["case", ...keyed.map(({ key }) => key)], ...lines]));
  }
  return 0;
}

export function printFaults(
  terminal: Pick<Terminal, "out">,
  kind: "fault" | "warning",
  faults: readonly Fault[],
  total: number,
): void {
  for (const { code, message, where } of faults)
    terminal.out(`${kind} ${code}: ${placeText(where)}${message}\n`);
  if (total > faults.length) terminal.out(`and ${total - faults.length} more ${kind}s\n`);
}

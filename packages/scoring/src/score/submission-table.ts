import { offerFor } from "../competition/offers.ts";
import type { Manifest } from "../competition.ts";
import type { FaultList } from "../faults.ts";
import { sourceOf } from "../source.ts";
import type { Column } from "../tables/columns.ts";
import type { IdIndex } from "../tables/ids.ts";
import { type Table, TableReader } from "../tables/table.ts";
import type { Input } from "./types.ts";

const pieceBytes = 1 << 20;

/** A submission's rows, brought into the order of the known ids. */
export interface SubmissionTable {
  readonly table: Table;
  /** For each known id its row, or -1. Empty where an id may have many rows (boxes). */
  readonly rowOf: Int32Array;
}

export type TableTargets = "labels" | "scores" | "class-scores" | "numbers" | "risk" | "runs" | "boxes";

/** What the target columns hold: scores as soon as one metric asks for them; labels are then score ≥ 0.5. */
export function tableTargets(manifest: Manifest): TableTargets {
  const { task, classes, targetColumns, metrics } = manifest;
  const asked = metrics.map(({ name }) => offerFor(task, name, classes, targetColumns.length)?.targets);
  if (asked.includes("scores")) return "scores";
  const [first = "numbers"] = asked;
  return first === "masks" ? "numbers" : first;
}

/** What the ids are that a submission is held against: only public ones may be named in a fault. */
export interface KnownIds {
  readonly index: IdIndex;
  readonly mayBeNamed: boolean;
}

/** Reads and judges a submitted table. Faults go to the list; ids are matched whatever their order. */
export async function readSubmissionTable(
  manifest: Manifest,
  known: KnownIds,
  file: Input,
  faults: FaultList,
): Promise<SubmissionTable> {
  const targets = tableTargets(manifest);
  const table = await readTableFile(manifest, file, {
    [manifest.idColumn]: { kind: "id", known: known.index },
    ...Object.fromEntries(manifest.targetColumns.map((name) => [name, targetColumn(manifest, targets)])),
  });
  faults.addAll(table.faults, table.faultsTotal);
  // Ids that were not read are not missing: only a table that was read to its end is asked for them.
  const unreadable = !table.complete || table.rows === 0;
  if (targets === "boxes" || unreadable) return { table, rowOf: new Int32Array(0) };
  return { table, rowOf: rowsOf(manifest, known, table, faults) };
}

/** Any table of the competition, in pieces, with the manifest's limits. */
export async function readTableFile(
  manifest: Manifest,
  file: Input,
  columns: Readonly<Record<string, Column>>,
): Promise<Table> {
  const source = sourceOf(file);
  const fieldBytesMax = manifest.task === "segmentation-rle" ? 1 << 20 : 1 << 16;
  const reader = new TableReader({
    columns,
    limits: { rowsMax: manifest.limits.casesMax + 1, fieldBytesMax, rowBytesMax: 2 * fieldBytesMax },
  });
  if (source.size > manifest.limits.bytesMax) reader.refuse("too_large");
  else {
    for (let at = 0; at < source.size; at += pieceBytes) {
      reader.push(await source.read(at, Math.min(pieceBytes, source.size - at)));
    }
  }
  return reader.end();
}

function targetColumn(manifest: Manifest, targets: TableTargets): Column {
  if (targets === "labels") return { kind: "number", whole: true, min: 0, max: (manifest.classes ?? 2) - 1 };
  if (targets === "class-scores") return { kind: "number", min: 0, max: 1 };
  if (targets === "runs") return { kind: "text", emptyAllowed: true };
  if (targets === "boxes") return { kind: "number", emptyAllowed: true };
  const needsProbability = manifest.metrics.some(({ name }) => ["log-loss", "brier", "ece"].includes(name));
  return targets === "scores" && needsProbability ? { kind: "number", min: 0, max: 1 } : { kind: "number" };
}

function rowsOf(manifest: Manifest, known: KnownIds, table: Table, faults: FaultList): Int32Array {
  const rowOf = new Int32Array(known.index.size).fill(-1);
  const column = manifest.idColumn;
  const ids = table.columns[column] as Int32Array;
  ids.forEach((id, at) => {
    if (id < 0) return;
    if ((rowOf[id] as number) >= 0) faults.add("id_duplicate", { row: at + 2, column });
    else rowOf[id] = at;
  });
  if (manifest.missingCases === "refuse")
    addMissing((id) => (rowOf[id] as number) >= 0, known, column, faults);
  return rowOf;
}

/** Says what is missing, by name where that may be known: a person needs to know which. */
export function addMissing(
  isThere: (id: number) => boolean,
  { index, mayBeNamed }: KnownIds,
  column: string,
  faults: FaultList,
): void {
  index.ids.forEach((name, id) => {
    if (isThere(id)) return;
    faults.add("id_missing", { column }, mayBeNamed ? `The id ${name} does not occur.` : undefined);
  });
}

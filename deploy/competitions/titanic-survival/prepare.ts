import { csv } from "../src/csv.ts";
import { PrepareError } from "../src/errors.ts";
import type { Permanent } from "../src/permanent.ts";
import { type Source, sourceTable } from "../src/source.ts";
import { heldOut } from "../src/split.ts";
import { type Column, columns, withoutLabel } from "./columns.ts";
import { madeUpPassengers } from "./made-up.ts";

/** Of Kaggle's files. */
const labelledRows = 891;
const unlabelledRows = 418;
/** As many as Kaggle itself evaluates on. */
const evaluationRows = 418;
const seed = "titanic-survival/v1";

type Passenger = Readonly<Record<Column, string>>;

/** Kaggle gives no labels for its test.csv, so the evaluation passengers come out of train.csv. */
export const titanic: Permanent = {
  folder: import.meta.dir,
  from: "download",
  madeUp: {
    files: madeUpPassengers,
    competition: {
      title: "Titanic: who survived? (made-up passengers)",
      evaluation_split_version: "made-up-v1",
      labels_publicly_known: true,
    },
    dataset: {
      title: "Titanic's columns with made-up passengers",
      description:
        "Nobody in here ever lived: names, fares and fates are made up by MedForge so that a fresh installation has something to submit to. The columns are those of Kaggle's files.",
      licence: "CC0-1.0",
      source: "Made up by MedForge (deploy/competitions/titanic-survival/made-up.ts)",
    },
  },

  async prepare({ source, bundle, expect }) {
    const labelled = await passengers(source, "train.csv", columns);
    const unlabelled = await passengers(source, "test.csv", withoutLabel);
    expect("passengers in train.csv", labelled.length, labelledRows);
    expect("passengers in test.csv", unlabelled.length, unlabelledRows);
    refuseTwice([...labelled, ...unlabelled].map(({ PassengerId }) => PassengerId));

    const idsOf = (label: string) =>
      labelled.filter(({ Survived }) => Survived === label).map(({ PassengerId }) => PassengerId);
    const count = Math.max(1, Math.round((labelled.length * evaluationRows) / labelledRows));
    const held = heldOut({ 0: idsOf("0"), 1: idsOf("1") }, count, seed);
    const evaluation = labelled.filter(({ PassengerId }) => held.has(PassengerId));
    const training = labelled.filter(({ PassengerId }) => !held.has(PassengerId));

    await bundle.dataset("train.csv", tableOf(columns, training));
    await bundle.dataset("test.csv", tableOf(withoutLabel, evaluation));
    await bundle.dataset("unlabelled.csv", tableOf(withoutLabel, unlabelled));
    await bundle.evaluation("ids.csv", tableOf(["PassengerId"], evaluation));
    await bundle.holdout("holdout.csv", tableOf(["PassengerId", "Survived"], evaluation));
    // Kaggle's own example: the women survive.
    const guessed = evaluation.map((one) => ({ ...one, Survived: one.Sex === "female" ? "1" : "0" }));
    await bundle.sample("csv", tableOf(["PassengerId", "Survived"], guessed));
  },
};

async function passengers(source: Source, name: string, wanted: readonly string[]): Promise<Passenger[]> {
  const text = { kind: "text", emptyAllowed: true } as const;
  const kinds = {
    PassengerId: { kind: "text" },
    Survived: { kind: "text", allowed: ["0", "1"] },
    Pclass: { kind: "text", allowed: ["1", "2", "3"] },
    Sex: { kind: "text", allowed: ["female", "male"] },
  } as const;
  const schema = Object.fromEntries(wanted.map((column) => [column, { ...text, ...kindOf(kinds, column) }]));
  const { rows, columns: read } = await sourceTable(source, name, schema);
  return Array.from(
    { length: rows },
    (_, at) =>
      Object.fromEntries(columns.map((column) => [column, String(read[column]?.[at] ?? "")])) as Passenger,
  );
}

function kindOf(kinds: Readonly<Record<string, object>>, column: string): object {
  const kind = Object.hasOwn(kinds, column) ? kinds[column] : undefined;
  return kind === undefined ? {} : { emptyAllowed: false, ...kind };
}

function refuseTwice(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) throw new PrepareError(`Passenger ${id} occurs twice in train.csv and test.csv.`);
    seen.add(id);
  }
}

function tableOf(header: readonly (keyof Passenger)[], rows: readonly Passenger[]): string {
  return csv(
    header,
    rows.map((row) => header.map((column) => row[column])),
  );
}

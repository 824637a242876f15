import { csv } from "../src/csv.ts";
import { PrepareError } from "../src/errors.ts";
import type { Permanent } from "../src/permanent.ts";
import { type Source, sourceTable } from "../src/source.ts";
import { heldOut } from "../src/split.ts";

/** Of Kaggle's stage 2: patients with labels, one image each, and rows, one for each box or for none. */
const labelledPatients = 26_684;
const labelledRows = 30_227;
/** As many as Kaggle's own stage 2 was decided on. */
const evaluationPatients = 3_000;
/** Every image of the challenge has this width and height, in pixels. */
const imageSide = 1024;
const seed = "rsna-pneumonia-detection/v1";

const labelColumns = ["patientId", "x", "y", "width", "height", "Target"];
/** One box for every second image and none for the others: both forms that a row may have. */
const sampleBox = [0.5, 264, 152, 213, 379];

interface Patient {
  readonly id: string;
  readonly boxes: readonly (readonly number[])[];
}

/** Kaggle keeps its own test labels, so the evaluation images come out of the labelled ones. */
export const rsna: Permanent = {
  folder: import.meta.dir,
  from: "download",

  async prepare({ source, bundle, expect }) {
    const { patients, rows } = await readPatients(source);
    expect("patients in stage_2_train_labels.csv", patients.length, labelledPatients);
    expect("rows in stage_2_train_labels.csv", rows, labelledRows);

    const strata = Object.groupBy(patients, ({ boxes }) => `${boxes.length} boxes`);
    const ids = Object.entries(strata).map(([name, some = []]) => [name, some.map(({ id }) => id)] as const);
    const count = Math.max(1, Math.round((patients.length * evaluationPatients) / labelledPatients));
    const held = heldOut(Object.fromEntries(ids), count, seed);
    const evaluation = patients.filter(({ id }) => held.has(id));
    const training = patients.filter(({ id }) => !held.has(id));

    for (const { id } of patients) {
      const folder = held.has(id) ? "test_images" : "train_images";
      await bundle.datasetCopy(`${folder}/${id}.dcm`, source, `stage_2_train_images/${id}.dcm`);
    }
    const trainRows = training.flatMap(({ id, boxes }) => labelRows(id, boxes));
    await bundle.dataset("train_labels.csv", csv(labelColumns, trainRows));
    await bundle.evaluation(
      "ids.csv",
      csv(
        ["patientId"],
        evaluation.map(({ id }) => [id]),
      ),
    );
    const hidden = evaluation.flatMap(({ id, boxes }) => labelRows(id, boxes).map((row) => row.slice(0, 5)));
    await bundle.holdout("holdout.csv", csv(labelColumns.slice(0, 5), hidden));
    const sample = evaluation.map(({ id }, at) => [id, ...(at % 2 === 0 ? sampleBox : Array(5).fill(""))]);
    await bundle.sample("csv", csv(["patientId", "confidence", "x", "y", "width", "height"], sample));
  },
};

async function readPatients(source: Source): Promise<{ patients: Patient[]; rows: number }> {
  const file = "stage_2_train_labels.csv";
  const place = { kind: "number", emptyAllowed: true, min: 0, max: imageSide } as const;
  const { rows, columns } = await sourceTable(source, file, {
    patientId: { kind: "text" },
    x: place,
    y: place,
    width: place,
    height: place,
    Target: { kind: "text", allowed: ["0", "1"] },
  });
  const boxesOf = new Map<string, number[][]>();
  for (let at = 0; at < rows; at++) {
    const id = String(columns.patientId?.[at]);
    const box = ["x", "y", "width", "height"].map((name) => Number(columns[name]?.[at]));
    const isPositive = columns.Target?.[at] === "1";
    if (!/^[\w.-]{1,100}$/.test(id))
      throw new PrepareError(`${file}, row ${at + 2}: not an id of a patient.`);
    if (isPositive !== fitsImage(box) || (!isPositive && !box.every(Number.isNaN))) {
      throw new PrepareError(
        `${file}, row ${at + 2}: Target 1 has a box inside of ${imageSide} × ${imageSide} pixels, Target 0 has none.`,
      );
    }
    const known = boxesOf.get(id);
    if (known === undefined) boxesOf.set(id, isPositive ? [box] : []);
    else if (isPositive && known.length > 0) known.push(box);
    else throw new PrepareError(`${file}, row ${at + 2}: a patient without a box has one row.`);
  }
  return { patients: Array.from(boxesOf, ([id, boxes]) => ({ id, boxes })), rows };
}

function fitsImage([x = 0, y = 0, width = 0, height = 0]: readonly number[]): boolean {
  return width > 0 && height > 0 && x + width <= imageSide && y + height <= imageSide;
}

/** In the source's own form. */
function labelRows(id: string, boxes: readonly (readonly number[])[]): (string | number)[][] {
  if (boxes.length === 0) return [[id, "", "", "", "", 0]];
  return boxes.map((box) => [id, ...box, 1]);
}

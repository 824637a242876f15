import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { encode } from "fast-png";

import { madeUpPassengers } from "../titanic-survival/made-up.ts";
import { csv } from "./csv.ts";
import type { Files } from "./source.ts";

/** Small made-up files in the form of each source, for tests: what an operator would download. */

export function smallTitanic(): Files {
  return madeUpPassengers(40, 10);
}

/** 24 patients: with no box, one or two. */
export function smallRsna(): Files {
  const patients = Array.from({ length: 24 }, (_, at) => `patient-${String(at).padStart(2, "0")}`);
  const rows = patients.flatMap((id, at) => {
    if (at % 3 === 0) return [[id, "", "", "", "", 0]];
    // Not far from the box of the sample submission.
    const box = [250 + 2 * at, "152.0", 213, 370.5, 1];
    return at % 3 === 1
      ? [[id, ...box]]
      : [
          [id, ...box],
          [id, 600, 260 + at, 200.5, 310, 1],
        ];
  });
  const images = patients.map((id) => [`stage_2_train_images/${id}.dcm`, `not really DICOM: ${id}`]);
  return {
    "stage_2_train_labels.csv": csv(["patientId", "x", "y", "width", "height", "Target"], rows),
    ...Object.fromEntries(images),
  };
}

/** 6 images to train, 5 to predict. */
export function smallCifar(): Files {
  const records = (count: number) =>
    Uint8Array.from({ length: count * 3074 }, (_, at) => {
      const image = Math.floor(at / 3074);
      if (at % 3074 === 0) return image % 20;
      return at % 3074 === 1 ? (17 * image) % 100 : (at * 31) % 256;
    });
  const names = (count: number) => Array.from({ length: count }, (_, at) => `name_${at}\n`).join("");
  return {
    "train.bin": records(6),
    "test.bin": records(5),
    "coarse_label_names.txt": names(20),
    "fine_label_names.txt": names(100),
  };
}

/** 2 images to train, 3 to predict, each with a pet of its own size. */
export function smallPets(): Files {
  const training = ["Abyssinian_1", "pug_2"];
  const evaluation = ["Abyssinian_100", "great_pyrenees_7", "pug_9"];
  const list = (names: readonly string[]) => names.map((name, at) => `${name} ${at + 1} 1 2\n`).join("");
  const files = [...training, ...evaluation].flatMap((name, at) => [
    [`images/${name}.jpg`, `not really JPEG: ${name}`],
    [`annotations/trimaps/${name}.png`, trimapPng(12 + at, 9 + at)],
  ]);
  return {
    "annotations/trainval.txt": `#Image CLASS-ID SPECIES BREED ID\n${list(training)}`,
    "annotations/test.txt": list(evaluation),
    ...Object.fromEntries(files),
  };
}

/** A pet of columns 3–7 and rows 2–5 with a border of one pixel. */
export function trimapPng(width: number, height: number): Uint8Array {
  const data = Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x >= 3 && x <= 7 && y >= 2 && y <= 5) return 1;
    return x >= 2 && x <= 8 && y >= 1 && y <= 6 ? 3 : 2;
  });
  return encode({ width, height, data, channels: 1, depth: 8 });
}

/** Puts files where an operator would have downloaded them to. @returns the folder */
export async function writeFiles(folder: string, files: Files): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The made-up source of each competition that needs a download, by slug. */
export const smallSources: Readonly<Record<string, () => Files>> = {
  "titanic-survival": smallTitanic,
  "rsna-pneumonia-detection": smallRsna,
  "cifar-100-classification": smallCifar,
  "oxford-pet-segmentation": smallPets,
};

import { writeRle } from "@medforge/scoring";

import { csv } from "../src/csv.ts";
import { PrepareError } from "../src/errors.ts";
import type { Permanent } from "../src/permanent.ts";
import { type Source, sourceLines } from "../src/source.ts";
import { middleRectangle, petRuns, readTrimap } from "./trimap.ts";

const trainImages = 3_680;
const testImages = 3_669;

/** The source's own split: annotations/trainval.txt and annotations/test.txt. */
export const oxfordPet: Permanent = {
  folder: import.meta.dir,
  from: "download",

  async prepare({ source, bundle, expect }) {
    const training = await imageNames(source, "annotations/trainval.txt");
    const evaluation = await imageNames(source, "annotations/test.txt");
    expect("images in annotations/trainval.txt", training.length, trainImages);
    expect("images in annotations/test.txt", evaluation.length, testImages);
    if (new Set([...training, ...evaluation]).size < training.length + evaluation.length)
      throw new PrepareError("An image occurs twice in annotations/trainval.txt and annotations/test.txt.");

    for (const name of training) {
      await bundle.datasetCopy(`train/images/${name}.jpg`, source, `images/${name}.jpg`);
      await bundle.datasetCopy(`train/trimaps/${name}.png`, source, trimapOf(name));
    }
    const ids: (string | number)[][] = [];
    const hidden: (string | number)[][] = [];
    const sample: string[][] = [];
    for (const name of evaluation) {
      await bundle.datasetCopy(`test/images/${name}.jpg`, source, `images/${name}.jpg`);
      const trimap = readTrimap(await source.bytes(trimapOf(name)), trimapOf(name));
      const { width, height } = trimap;
      ids.push([name, width, height]);
      hidden.push([name, writeRle(petRuns(trimap)), width, height]);
      sample.push([name, writeRle(middleRectangle(trimap))]);
    }
    await bundle.evaluation("ids.csv", csv(["image_id", "width", "height"], ids));
    await bundle.holdout("holdout.csv", csv(["image_id", "rle_mask", "width", "height"], hidden));
    await bundle.sample("csv", csv(["image_id", "rle_mask"], sample));
  },
};

function trimapOf(name: string): string {
  return `annotations/trimaps/${name}.png`;
}

/** A line is `Abyssinian_201 1 1 1`: name, class, species, breed. */
async function imageNames(source: Source, list: string): Promise<string[]> {
  return (await sourceLines(source, list)).map((line) => {
    const name = /^([A-Za-z_]+_\d+)( \d+){3}$/.exec(line.trim())?.[1];
    if (name === undefined)
      throw new PrepareError(
        `${list}: ${JSON.stringify(line.slice(0, 60))} is not a name and three numbers.`,
      );
    return name;
  });
}

import { csv } from "../src/csv.ts";
import { PrepareError } from "../src/errors.ts";
import type { Permanent } from "../src/permanent.ts";
import { type Source, sourceLines } from "../src/source.ts";

/** Of the binary version: a coarse label, a fine label and 32 × 32 pixels in three planes. */
const pixelBytes = 3 * 32 * 32;
const recordBytes = 2 + pixelBytes;
const coarseLabels = 20;
const fineLabels = 100;
const trainImages = 50_000;
const testImages = 10_000;

/** The source's own test images, in the source's order: image_id counts from 0. */
export const cifar100: Permanent = {
  folder: import.meta.dir,
  from: "download",

  async prepare({ source, bundle, expect }) {
    const train = await records(source, "train.bin");
    const test = await records(source, "test.bin");
    expect("images in train.bin", train.length / recordBytes, trainImages);
    expect("images in test.bin", test.length / recordBytes, testImages);
    for (const [file, count] of [
      ["coarse_label_names.txt", coarseLabels],
      ["fine_label_names.txt", fineLabels],
    ] as const) {
      const names = await sourceLines(source, file);
      if (names.length !== count) throw new PrepareError(`${file} has ${names.length} names, not ${count}.`);
      await bundle.datasetCopy(file, source, file);
    }

    const ids = Array.from({ length: test.length / recordBytes }, (_, at) => at);
    const pixels = new Uint8Array(ids.length * pixelBytes);
    for (const id of ids) {
      const from = id * recordBytes + 2;
      pixels.set(test.subarray(from, from + pixelBytes), id * pixelBytes);
    }
    await bundle.datasetCopy("train.bin", source, "train.bin");
    await bundle.dataset("test_images.bin", pixels);
    await bundle.evaluation(
      "ids.csv",
      csv(
        ["image_id"],
        ids.map((id) => [id]),
      ),
    );
    const labels = ids.map((id) => [id, test[id * recordBytes + 1] as number]);
    await bundle.holdout("holdout.csv", csv(["image_id", "label"], labels));
    await bundle.sample(
      "csv",
      csv(
        ["image_id", "label"],
        ids.map((id) => [id, id % fineLabels]),
      ),
    );
  },
};

async function records(source: Source, name: string): Promise<Uint8Array> {
  const bytes = await source.bytes(name);
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new PrepareError(
      `${name} is not of CIFAR-100's binary version: its ${bytes.length} bytes are not records of ${recordBytes}.`,
    );
  }
  for (let at = 0; at < bytes.length; at += recordBytes) {
    if ((bytes[at] as number) < coarseLabels && (bytes[at + 1] as number) < fineLabels) continue;
    throw new PrepareError(`${name}, record ${at / recordBytes}: its labels are not below 20 and 100.`);
  }
  return bytes;
}

import { geometryOf, readNiftiHeader, writeNifti, writeZip } from "@medforge/scoring";
import { gzipSync } from "fflate";

import { csv } from "../src/csv.ts";
import type { Permanent } from "../src/permanent.ts";
import { guessLesions } from "./guess.ts";
import { type Phantom, phantom } from "./phantom.ts";

const cases = 24;
/** The first ones, with labels; the others are held out. */
const trainingCases = 8;
const lesionsMax = 6;

/** Made of nothing: synthetic scans that may be shown to anyone. */
export const phantomLesion: Permanent = {
  folder: import.meta.dir,
  from: "nothing",

  async prepare({ bundle }) {
    const ids: string[] = [];
    const geometry: Record<string, unknown> = {};
    const sample: Record<string, Uint8Array> = {};
    for (let number = 1; number <= cases; number++) {
      const id = `case-${String(number).padStart(2, "0")}`;
      // By 5 modulo 7, so that every number occurs early and neighbours differ.
      const scan = phantom(id, (5 * number) % (lesionsMax + 1));
      const mask = nifti(scan, scan.labels);
      const isTraining = number <= trainingCases;
      await bundle.dataset(
        `${isTraining ? "train" : "test"}/images/${id}.nii.gz`,
        gzipped(nifti(scan, scan.image)),
      );
      if (isTraining) await bundle.dataset(`train/labels/${id}.nii.gz`, gzipped(mask));
      else {
        ids.push(id);
        geometry[id] = geometryOf(await readNiftiHeader(mask));
        await bundle.holdout(`${id}.nii.gz`, gzipped(mask));
        sample[`${id}.nii.gz`] = gzipped(nifti(scan, guessLesions(scan)));
      }
    }
    await bundle.evaluation(
      "ids.csv",
      csv(
        ["case"],
        ids.map((id) => [id]),
      ),
    );
    await bundle.evaluation("geometry.json", `${JSON.stringify(geometry, null, 2)}\n`);
    await bundle.sample("zip", writeZip(sample));
  },
};

/** Axes as DICOM writers leave them: x and y run to the left and to the front. */
function nifti({ shape, spacing }: Phantom, voxels: Int16Array | Uint8Array): Uint8Array {
  const [sx, sy, sz] = spacing;
  const [x, y] = [((shape[0] - 1) * sx) / 2, ((shape[1] - 1) * sy) / 2];
  const affine = [
    [-sx, 0, 0, x],
    [0, -sy, 0, y],
    [0, 0, sz, -150],
    [0, 0, 0, 1],
  ];
  return writeNifti({ voxels, shape, spacing, affine });
}

/** By fflate and not by zlib, whose bytes differ between versions: the holdout's SHA-256 is pinned. */
function gzipped(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 6, mtime: 0 });
}

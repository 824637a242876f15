import type { Phantom } from "./phantom.ts";

/** Hounsfield units of a neighbourhood: below, it is no organ; between, a lesion; above, the organ itself. */
const outsideMax = 30;
const lesionMin = 36;
const lesionMax = 92;
/** Voxels to each side that are averaged, and how far away the outside has to be. */
const reach = 2;
const away = 4;

/**
 * What a threshold finds in an image, knowing nothing else: voxels whose neighbourhood in their slice is on average as
 * dark as a lesion, and not so near to the outside that the average is of organ and outside. It is a start to improve
 * on: lesions at the organ's edge are missed, small ones are blurred.
 */
export function guessLesions({ image, shape }: Pick<Phantom, "image" | "shape">): Uint8Array {
  const [width, height, slices] = shape;
  const labels = new Uint8Array(image.length);
  const steps = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => away * (dy * width + dx)));
  for (let z = 0; z < slices; z++) {
    const slice = image.subarray(z * width * height, (z + 1) * width * height);
    const smooth = averaged(slice, width, height);
    for (let pixel = away * (width + 1); pixel < slice.length - away * (width + 1); pixel++) {
      const value = smooth[pixel] as number;
      if (value < lesionMin || value > lesionMax) continue;
      if (steps.every((step) => (smooth[pixel + step] as number) > outsideMax)) {
        labels[z * width * height + pixel] = 2;
      }
    }
  }
  return labels;
}

/** Whole Hounsfield units; air at the slice's edge, where there are no neighbours. */
function averaged(slice: Int16Array, width: number, height: number): Int16Array {
  const smooth = new Int16Array(slice.length).fill(-1000);
  const count = (2 * reach + 1) ** 2;
  for (let y = reach; y < height - reach; y++) {
    for (let x = reach; x < width - reach; x++) {
      let sum = 0;
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) sum += slice[(y + dy) * width + x + dx] as number;
      }
      smooth[y * width + x] = sum / count;
    }
  }
  return smooth;
}

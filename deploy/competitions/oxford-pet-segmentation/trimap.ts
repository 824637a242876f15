import type { ImageSize, Runs } from "@medforge/scoring";
import { decode } from "fast-png";

import { PrepareError } from "../src/errors.ts";

/** The annotation of one image: 1 pet, 2 background, 3 its border, which could be either; row by row. */
export interface Trimap extends ImageSize {
  readonly values: Uint8Array;
}

/** @throws PrepareError for anything but one channel of 8 bits with the values 1, 2 and 3 */
export function readTrimap(png: Uint8Array, name: string): Trimap {
  const { width, height, data, depth, channels } = decoded(png, name);
  const values = Uint8Array.from(data);
  if (depth !== 8 || channels !== 1 || values.length !== width * height)
    throw new PrepareError(`${name} has ${channels} channels of ${depth} bits, not one of 8.`);
  if (!values.every((value) => value >= 1 && value <= 3))
    throw new PrepareError(`${name} has a pixel that is not 1, 2 or 3.`);
  return { width, height, values };
}

/** Pet and border together, as most users of the dataset count it: the border is fur. */
export function petRuns({ values }: Trimap): Runs {
  const starts: number[] = [];
  const ends: number[] = [];
  values.forEach((value, at) => {
    const isPet = value !== 2;
    const wasPet = at > 0 && values[at - 1] !== 2;
    if (isPet && !wasPet) starts.push(at);
    if (!isPet && wasPet) ends.push(at);
  });
  if (ends.length < starts.length) ends.push(values.length);
  return runsOf(starts, ends, values.length);
}

/** Half as wide and half as high as the image: what one can say without having looked. */
export function middleRectangle({ width, height }: ImageSize): Runs {
  const left = Math.floor(width / 4);
  const top = Math.floor(height / 4);
  const rows = Array.from({ length: Math.max(1, Math.floor(height / 2)) }, (_, row) => top + row);
  const starts = rows.map((row) => row * width + left);
  const length = Math.max(1, Math.floor(width / 2));
  return runsOf(
    starts,
    starts.map((start) => start + length),
    width * height,
  );
}

function runsOf(starts: readonly number[], ends: readonly number[], pixels: number): Runs {
  return { starts: Float64Array.from(starts), ends: Float64Array.from(ends), pixels, order: "row" };
}

function decoded(png: Uint8Array, name: string): ReturnType<typeof decode> {
  try {
    return decode(png, { checkCrc: true });
  } catch (error) {
    throw new PrepareError(`${name} is not a PNG image: ${error instanceof Error ? error.message : error}`);
  }
}

import { type FaultCode, ScoringError } from "../errors.ts";
import { type ImageSize, pixelsOf } from "./rle.ts";
import { makeRuns, type Runs } from "./runs.ts";

/**
 * COCO's form: lengths of background and foreground in turn, beginning with background, top to bottom and then left to
 * right (column-major). Either as numbers, or as the compressed text of cocodataset/cocoapi (maskApi.c, `rleToString`):
 * five bits a character from "0" on, the sixth says that more follow; from the third on, the difference to the length
 * two places back. Lengths must sum up to the image.
 */
export function parseCocoRle(counts: string | readonly number[], { width, height }: ImageSize): Runs {
  const pixels = pixelsOf(width, height);
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  let index = 0;
  for (const count of typeof counts === "string" ? decoded(counts, pixels) : counts) {
    if (!Number.isInteger(count) || count < 0) throw bad("rle_token", index);
    if (at + count > pixels) throw bad("rle_bounds", index);
    if (index % 2 === 1 && count > 0) {
      starts.push(at);
      ends.push(at + count);
    }
    at += count;
    index++;
  }
  if (at !== pixels) throw bad("rle_length", index);
  return makeRuns(starts, ends, pixels, "column");
}

/** The lengths that such a text or list would hold. */
export function cocoCounts({ starts, ends, pixels }: Runs): number[] {
  const counts: number[] = [];
  let at = 0;
  starts.forEach((start, run) => {
    const end = ends[run] as number;
    if (start === at && counts.length > 0)
      counts[counts.length - 1] = (counts[counts.length - 1] as number) + end - start;
    else counts.push(start - at, end - start);
    at = end;
  });
  if (at < pixels || counts.length === 0) counts.push(pixels - at);
  return counts;
}

export function writeCocoRle(runs: Runs): string {
  const counts = cocoCounts(runs);
  let text = "";
  counts.forEach((count, index) => {
    let left = index > 2 ? count - (counts[index - 2] as number) : count;
    for (let more = true; more; ) {
      const bits = left & 31;
      left >>= 5;
      more = bits & 16 ? left !== -1 : left !== 0;
      text += String.fromCharCode(48 + (more ? bits | 32 : bits));
    }
  });
  return text;
}

function* decoded(text: string, pixels: number): Generator<number> {
  const before = [0, 0];
  for (let at = 0, index = 0; at < text.length; index++) {
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      if (at >= text.length) throw bad("rle_odd", index);
      byte = text.charCodeAt(at++) - 48;
      if (byte < 0 || byte > 63) throw bad("rle_token", index);
      value += (byte & 31) * scale;
      scale *= 32;
      if (scale > 2 ** 40) throw bad("rle_bounds", index);
    } while (byte & 32);
    if (byte & 16) value -= scale;
    const count = index > 2 ? value + (before[index % 2] as number) : value;
    if (count < 0 || count > pixels) throw bad("rle_bounds", index);
    before[index % 2] = count;
    yield count;
  }
}

function bad(code: FaultCode, index: number): ScoringError {
  return new ScoringError(code, undefined, { argument: "counts", index });
}

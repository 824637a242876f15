import { type FaultCode, ScoringError } from "../errors.ts";
import { makeRuns, type Runs } from "./runs.ts";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const zero = 48;
const blank = 32;

/**
 * Kaggle's run-length code: `start length start length …`, starts counted from 1, left to right and then top to bottom
 * (row-major), ascending. Whole decimal numbers without sign or leading zero, one space between, none around; an empty
 * text is an empty mask. Each run is judged when it is read, so `1 999999999999` costs nothing.
 */
export function parseRle(text: string, { width, height }: ImageSize): Runs {
  const pixels = pixelsOf(width, height);
  const starts: number[] = [];
  const ends: number[] = [];
  let last = 0;
  for (let at = 0; at < text.length; ) {
    const start = numberAt(text, at, pixels, starts.length);
    if (start.value === 0) throw bad("rle_start", starts.length);
    if (start.next >= text.length) throw bad("rle_odd", starts.length);
    const length = numberAt(text, start.next, pixels, starts.length);
    if (length.value === 0) throw bad("rle_length", starts.length);
    const from = start.value - 1;
    const to = from + length.value;
    if (to > pixels) throw bad("rle_bounds", starts.length);
    if (from < last) throw bad("rle_overlap", starts.length);
    starts.push(from);
    ends.push(to);
    last = to;
    at = length.next;
  }
  return makeRuns(starts, ends, pixels, "row");
}

/** The shortest such text: touching runs become one. */
export function writeRle(runs: Runs): string {
  const parts: number[] = [];
  let end = -1;
  runs.starts.forEach((start, run) => {
    const length = (runs.ends[run] as number) - start;
    if (start === end) parts[parts.length - 1] = (parts[parts.length - 1] as number) + length;
    else parts.push(start + 1, length);
    end = runs.ends[run] as number;
  });
  return parts.join(" ");
}

/** One number and the place after it and its blank. Stops as soon as the number is past the image. */
function numberAt(text: string, from: number, pixels: number, run: number): { value: number; next: number } {
  let value = 0;
  let at = from;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    if (value > pixels) throw bad("rle_bounds", run);
  }
  if (at === from || (at - from > 1 && text.charCodeAt(from) === zero)) throw bad("rle_token", run);
  if (at < text.length && (text.charCodeAt(at) !== blank || at + 1 === text.length))
    throw bad("rle_token", run);
  return { value, next: at + 1 };
}

export function pixelsOf(width: number, height: number): number {
  const pixels = width * height;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || pixels > 2 ** 31) {
    throw new ScoringError("bad_shape", undefined, { argument: "size" });
  }
  return pixels;
}

function bad(code: FaultCode, run: number): ScoringError {
  return new ScoringError(code, undefined, { argument: "run", index: run });
}

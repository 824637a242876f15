import { platformZlib } from "./platform.ts";

/** As many equal bytes as are taken in one step. */
export const runBytes = 128;
/** As many different bytes. */
const stepBytes = 16;
const { steps, runShift, runOf } = makeTables();
/** One after the other, for the twin in WebAssembly. */
export const crc32Tables = [steps, runShift, runOf] as const;

/**
 * For the polynomial of gzip and zip (ISO 3309). `steps[256 k + byte]` is what a byte adds to the check sum when k bytes
 * come after it: the first sixteen tables take sixteen bytes at a time. The last four move a check sum over a whole run of
 * bytes (`runShift`), to which the run itself adds a number for each byte that it can consist of (`runOf`).
 */
function makeTables() {
  const all = new Uint32Array(runBytes * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    all[byte] = value;
  }
  for (let at = 256; at < all.length; at++) {
    const last = all[at - 256] as number;
    all[at] = (last >>> 8) ^ (all[last & 255] as number);
  }
  const runOf = new Uint32Array(256);
  for (let at = 0; at < all.length; at++) runOf[at & 255] = (runOf[at & 255] as number) ^ (all[at] as number);
  return { steps: all.slice(0, stepBytes * 256), runShift: all.slice(-4 * 256), runOf };
}

/** `before` is the check sum of what came before, if anything did. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** CRC-32 of the bytes, as an unsigned number. */
export async function crc32(bytes: Uint8Array): Promise<number> {
  return (await platformCrc32())(bytes);
}

/** The platform's own where it has one. */
export async function platformCrc32(): Promise<Crc32> {
  const zlib = await platformZlib();
  return zlib?.crc32 ?? crc32Portable;
}

export function crc32Portable(bytes: Uint8Array, before = 0): number {
  return crc32OfView(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), before, 0, bytes.length);
}

/** Of the bytes from `start` to before `end`. */
export function crc32OfView(view: DataView, before: number, start: number, end: number): number {
  const t = steps;
  let crc = ~before;
  let at = start;
  for (; at + stepBytes <= end; at += stepBytes) {
    const first = crc ^ view.getUint32(at, true);
    const second = view.getUint32(at + 4, true);
    const third = view.getUint32(at + 8, true);
    const fourth = view.getUint32(at + 12, true);
    crc =
      (t[3840 + (first & 255)] as number) ^
      (t[3584 + ((first >>> 8) & 255)] as number) ^
      (t[3328 + ((first >>> 16) & 255)] as number) ^
      (t[3072 + (first >>> 24)] as number);
    // Background adds nothing.
    if ((second | third | fourth) === 0) continue;
    crc ^=
      (t[2816 + (second & 255)] as number) ^
      (t[2560 + ((second >>> 8) & 255)] as number) ^
      (t[2304 + ((second >>> 16) & 255)] as number) ^
      (t[2048 + (second >>> 24)] as number) ^
      (t[1792 + (third & 255)] as number) ^
      (t[1536 + ((third >>> 8) & 255)] as number) ^
      (t[1280 + ((third >>> 16) & 255)] as number) ^
      (t[1024 + (third >>> 24)] as number) ^
      (t[768 + (fourth & 255)] as number) ^
      (t[512 + ((fourth >>> 8) & 255)] as number) ^
      (t[256 + ((fourth >>> 16) & 255)] as number) ^
      (t[fourth >>> 24] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ view.getUint8(at)) & 255] as number);
  return ~crc >>> 0;
}

/** As if the byte came `runs` times 128 times: what most of a label image is. */
export function crc32OfRuns(byte: number, runs: number, before: number): number {
  const t = runShift;
  const own = runOf[byte] as number;
  let crc = ~before;
  for (let left = runs; left > 0; left--) {
    crc =
      own ^
      (t[768 + (crc & 255)] as number) ^
      (t[512 + ((crc >>> 8) & 255)] as number) ^
      (t[256 + ((crc >>> 16) & 255)] as number) ^
      (t[crc >>> 24] as number);
  }
  return ~crc >>> 0;
}

/** Little-endian unsigned 32 bits; beyond the end it reads zeros, so callers check lengths first. */
export function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

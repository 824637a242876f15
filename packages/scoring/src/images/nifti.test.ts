import { describe, expect, test } from "bun:test";

import { ScoringError } from "../errors.ts";
import { gunzip, gzip } from "./gzip.ts";
import { readMask } from "./mask.ts";
import { niftiValues, readNifti } from "./nifti.ts";
import { writeNifti } from "./write-nifti.ts";

const text = (words: string) => new TextEncoder().encode(words);
const code = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ScoringError ? error.code : error;
};

describe("gzip", () => {
  const bytes = text("the quick brown fox ".repeat(5000));

  test("reads back what it wrote, and members joined", async () => {
    const [a, b] = [await gzip(bytes), await gzip(text("jumps"))];
    expect(await gunzip(a, { bytesMax: 1e6 })).toEqual(bytes);
    const both = await gunzip(new Uint8Array([...b, ...b]), { bytesMax: 1e6 });
    expect(new TextDecoder().decode(both)).toBe("jumpsjumps");
  });

  test("refuses every truncation, every flipped bit of the trailer, and bytes that follow", async () => {
    const whole = await gzip(bytes);
    for (let length = 0; length < whole.length; length++) {
      expect(await code(gunzip(whole.subarray(0, length), { bytesMax: 1e6 }))).toBe("gzip_damaged");
    }
    for (let bit = 0; bit < 64; bit++) {
      const flipped = Uint8Array.from(whole);
      const at = flipped.length - 8 + (bit >> 3);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
      expect(await code(gunzip(flipped, { bytesMax: 1e6 }))).toBe("gzip_damaged");
    }
    expect(await code(gunzip(new Uint8Array([...whole, 0]), { bytesMax: 1e6 }))).toBe("gzip_damaged");
  });

  test("a file of thousands of members, as bgzip writes them, is read without much memory", async () => {
    const member = await gzip(text("x".repeat(1000)));
    const all = new Uint8Array(5000 * member.length);
    for (let at = 0; at < 5000; at++) all.set(member, at * member.length);
    const before = process.memoryUsage().rss;
    expect((await gunzip(all, { bytesMax: 1e9, bytesExpected: 5e6 })).length).toBe(5_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  test("stops a bomb at the limit", async () => {
    const bomb = await gzip(new Uint8Array(50_000_000));
    expect(await code(gunzip(bomb, { bytesMax: 1_000_000 }))).toBe("too_large");
  });
});

describe("NIfTI", () => {
  test("what the writer writes the reader reads, in every type, order and version", async () => {
    const shape = [3, 2, 2];
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100];
    const big = values.map(BigInt);
    const arrays = [
      new Uint8Array(values),
      new Int8Array(values),
      new Uint16Array(values),
      new Int16Array(values),
      new Uint32Array(values),
      new Int32Array(values),
      new BigUint64Array(big),
      new BigInt64Array(big),
      new Float32Array(values),
      new Float64Array(values),
    ];
    for (const voxels of arrays) {
      for (const nifti of [1, 2] as const) {
        for (const bigEndian of [false, true]) {
          const file = writeNifti({ voxels, shape, spacing: [0.5, 0.75, 2], nifti, bigEndian });
          const image = await readNifti(file);
          expect([...niftiValues(image)]).toEqual(values);
          expect(image.header).toMatchObject({ nifti, bigEndian, shape, spacing: [0.5, 0.75, 2] });
          expect([...(await readMask(await gzip(file))).labels]).toEqual(values);
        }
      }
    }
  });

  test("a mask with a fraction, a negative, NaN or too large a label is refused with the voxel's index", async () => {
    for (const wrong of [0.5, 1.000001, -1, Number.NaN, Number.POSITIVE_INFINITY, 65536]) {
      const file = writeNifti({ voxels: new Float64Array([0, 1, wrong, 1]), shape: [2, 2], spacing: [1, 1] });
      const error = await readMask(file).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "image_bad_label", where: { index: 2 } });
    }
    const five = writeNifti({ voxels: new Uint8Array([0, 5]), shape: [2, 1], spacing: [1, 1] });
    expect(await code(readMask(five, { labelMax: 4 }))).toBe("image_bad_label");
    expect((await readMask(five, { labelMax: 5 })).labels).toEqual(new Uint8Array([0, 5]));
  });

  test("a real fourth axis is refused for a mask, a fourth axis of length 1 is not", async () => {
    const make = (shape: number[]) =>
      writeNifti({ voxels: new Uint8Array(shape.reduce((a, b) => a * b)), shape, spacing: [1, 1, 1, 1] });
    expect(await code(readMask(make([2, 2, 2, 2])))).toBe("image_not_3d");
    expect((await readMask(make([2, 2, 2, 1]))).shape).toEqual([2, 2, 2]);
  });

  test("a header that promises 65535³ voxels is refused before anything is allocated", async () => {
    const file = writeNifti({ voxels: new Uint8Array(8), shape: [2, 2, 2], spacing: [1, 1, 1] });
    const view = new DataView(file.buffer);
    for (const at of [42, 44, 46]) view.setInt16(at, 32767, true);
    expect(await code(readNifti(file))).toBe("too_large");
    expect(await code(readNifti(await gzip(file)))).toBe("too_large");
    for (const at of [42, 44, 46]) view.setInt16(at, 1000, true);
    expect(await code(readNifti(file))).toBe("image_truncated");
    expect(await code(readNifti(await gzip(file)))).toBe("image_truncated");
  });

  test("a gzip bomb behind a small header stops at the image's own size", async () => {
    const file = writeNifti({ voxels: new Uint8Array(8), shape: [2, 2, 2], spacing: [1, 1, 1] });
    const bomb = new Uint8Array(40_000_000);
    bomb.set(file);
    expect(await code(readNifti(await gzip(bomb)))).toBe("too_large");
  });
});

import { describe, expect, test } from "bun:test";

import { ScoringError } from "./errors.ts";
import { gzip } from "./images/gzip.ts";
import { readMask } from "./images/mask.ts";
import { readNpy } from "./images/npy.ts";
import { writeNifti } from "./images/write-nifti.ts";
import { parseCocoRle } from "./masks/coco-rle.ts";
import { parseRle } from "./masks/rle.ts";
import { area } from "./masks/runs.ts";
import { IdIndex } from "./tables/ids.ts";
import { parseTable } from "./tables/table.ts";
import { writeZip } from "./tables/write-zip.ts";
import { openZip } from "./tables/zip.ts";

/** Marsaglia's xorshift32: the same inputs on every machine. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const rudeBytes = [0, 1, 9, 10, 13, 32, 34, 44, 48, 59, 127, 128, 254, 255];
const rudeWords = [0, 1, -1, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00000];

/** A copy with one to six changes: flipped bits, rude bytes and words, cuts, repeats, pieces moved about. */
function mutated(bytes: Uint8Array, pick: (below: number) => number): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let round = 1 + pick(6); round > 0 && out.length > 8; round--) {
    const at = pick(out.length);
    const kind = pick(7);
    if (kind === 0) out[at] = (out[at] as number) ^ (1 << pick(8));
    else if (kind === 1) out[at] = rudeBytes[pick(rudeBytes.length)] as number;
    else if (kind === 2) {
      const word = rudeWords[pick(rudeWords.length)] as number;
      new DataView(out.buffer).setInt32(Math.min(at, out.length - 4), word, pick(2) === 0);
    } else if (kind === 3) out = out.slice(0, at);
    else if (kind === 4)
      out = new Uint8Array([...out.subarray(0, at), ...out.subarray(pick(at + 1))]).slice(0, 4096);
    else if (kind === 5) out.copyWithin(at, pick(out.length), pick(out.length));
    else
      out = new Uint8Array([
        ...out.subarray(0, at),
        rudeBytes[pick(rudeBytes.length)] as number,
        ...out.subarray(at),
      ]);
  }
  return out;
}

/** Runs `count` inputs; anything but an answer or a ScoringError fails with the seed's round, and so does growth. */
async function survives(count: number, seed: number, once: (pick: (below: number) => number) => unknown) {
  const pick = chance(seed);
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  const tally = { read: 0, refused: 0 };
  for (let round = 0; round < count; round++) {
    try {
      await once(pick);
      tally.read++;
    } catch (error) {
      if (!(error instanceof ScoringError))
        throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      tally.refused++;
    }
  }
  // What is not collected yet is no leak, and how much that is depends on what else the machine does.
  Bun.gc(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  // Both must happen, or the inputs are all so broken (or so tame) that they test nothing.
  expect(Math.min(tally.read, tally.refused)).toBeGreaterThan(count / 1000);
}

describe("100,000 damaged inputs give an answer or a typed error", () => {
  const voxels = new Uint8Array(60).map((_, at) => at % 3);
  const plain = [1, 2].flatMap((nifti) =>
    [true, false].map((bigEndian) =>
      writeNifti({ voxels, shape: [5, 4, 3], spacing: [1, 1, 2], nifti: nifti as 1 | 2, bigEndian }),
    ),
  );

  test("20,000 NIfTI files", async () => {
    await survives(20_000, 11, (pick) => readMask(mutated(plain[pick(plain.length)] as Uint8Array, pick)));
  }, 60_000);

  test("15,000 gzipped ones, damaged before or after packing", async () => {
    const packed = await Promise.all(plain.map((file) => gzip(file)));
    await survives(15_000, 12, async (pick) => {
      const which = pick(plain.length);
      const inside = pick(3) === 0;
      const file = inside
        ? await gzip(mutated(plain[which] as Uint8Array, pick), 1)
        : mutated(packed[which] as Uint8Array, pick);
      return readMask(file);
    });
  }, 60_000);

  test("25,000 tables", async () => {
    const good = new TextEncoder().encode(
      'id,score,"no""te"\r\na,0.5,x\nb,-1e-05,"q,""\n"\nc,12345678901234567890,\n',
    );
    const known = new IdIndex(["a", "b", "c"]);
    const columns = {
      id: { kind: "id", known },
      score: { kind: "number" },
      'no"te': { kind: "text", emptyAllowed: true },
    } as const;
    await survives(25_000, 13, (pick) => {
      const table = parseTable(mutated(good, pick), { columns, limits: { rowBytesMax: 65536 } });
      for (const value of table.columns.score as Float64Array) {
        if (!Number.isFinite(value) && table.faultsTotal === 0) throw new Error("a number that is none");
      }
      if (table.faultsTotal > 0) throw new ScoringError("csv_empty");
    });
  }, 60_000);

  test("25,000 run-length masks", async () => {
    const good = new TextEncoder().encode("1 3 10 2 44 1 50 1");
    const coco = new TextEncoder().encode("12310");
    await survives(25_000, 14, (pick) => {
      const asCoco = pick(4) === 0;
      const text = new TextDecoder("latin1").decode(mutated(asCoco ? coco : good, pick));
      const runs = asCoco
        ? parseCocoRle(text, { width: 3, height: 4 })
        : parseRle(text, { width: 10, height: 5 });
      if (area(runs) > runs.pixels) throw new Error("more pixels than the image has");
    });
  }, 60_000);

  test("15,000 zip archives and NPY files", async () => {
    const npyText = "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }".padEnd(117);
    const npy = new Uint8Array([
      147,
      ...new TextEncoder().encode(`NUMPY\u0001\u0000v\u0000${npyText}\n`),
      ...new Uint8Array(8),
    ]);
    const zip = writeZip({
      "w/a.nii": plain[0] as Uint8Array,
      "w/b.csv": new TextEncoder().encode("x,y\n1,2\n".repeat(20)),
    });
    expect(readNpy(npy).values.length).toBe(4);
    await survives(15_000, 15, async (pick) => {
      if (pick(4) === 0) return readNpy(mutated(npy, pick));
      const files = await openZip(mutated(zip, pick), { bytesMax: 1 << 20 });
      return Promise.all(files.map((file) => file.read()));
    });
  }, 60_000);
});

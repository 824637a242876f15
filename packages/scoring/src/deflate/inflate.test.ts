import { describe, expect, test } from "bun:test";
import {
  constants,
  deflateRawSync,
  gunzipSync,
  gzipSync,
  type InputType,
  inflateRawSync,
  type ZlibOptions,
} from "node:zlib";

import { buildKernels } from "../../build-kernels.ts";
import { platformCrc32 } from "../crc32.ts";
import { faultCodes, ScoringError } from "../errors.ts";
import { gunzipBy } from "../images/gzip.ts";
import { GatherSink, HeadSink } from "../sink.ts";
import { seededRandom } from "../statistics/random.ts";
import { platformInflate } from "./inflate.ts";
import { type Inflate, portableInflate } from "./inflate-portable.ts";
import { wasmSteps } from "./wasm-steps.ts";

const crc32 = await platformCrc32();
await buildKernels();
const portable = portableInflate();
const inWasm = portableInflate(await wasmSteps());
const bytesMax = 1 << 22;

interface Answer {
  readonly bytes: Uint8Array;
  readonly consumed: number;
}

/** What zlib makes of it; nothing where it refuses. */
function byZlib(inflate: typeof inflateRawSync, data: Uint8Array): Answer | undefined {
  try {
    const run = inflate as unknown as (data: InputType, options: object) => ZlibInfo;
    const { buffer, engine } = run(data, { info: true, maxOutputLength: bytesMax });
    return { bytes: new Uint8Array(buffer), consumed: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

interface ZlibInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function byOurs(read: (sink: GatherSink) => number): Answer | undefined {
  const sink = new GatherSink(0, bytesMax);
  try {
    const consumed = read(sink);
    return { bytes: sink.bytes, consumed };
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    return undefined;
  }
}

function inflated(inflate: Inflate, data: Uint8Array): Answer | undefined {
  return byOurs((sink) => {
    const { consumed, bytes, crc } = inflate(data, sink, bytesMax);
    if (bytes !== sink.bytes.length || crc !== crc32(sink.bytes))
      throw new Error("Length or check sum is wrong.");
    return consumed;
  });
}

const gunzipped = (inflate: Inflate, file: Uint8Array) =>
  byOurs((sink) => {
    gunzipBy(inflate, file, sink, bytesMax);
    return file.length;
  });

function expectSame(ours: Answer | undefined, zlibs: Answer | undefined, data: Uint8Array): void {
  const isSame =
    ours?.consumed === zlibs?.consumed && Buffer.compare(ours?.bytes ?? empty, zlibs?.bytes ?? empty) === 0;
  if (!isSame) throw new Error(`${data.toHex()} took ${ours?.consumed} bytes, with zlib ${zlibs?.consumed}`);
}

const empty = new Uint8Array();

/** Label maps, noise, text and nothing, in every kind of block that zlib writes. */
function streams(): Uint8Array[] {
  const random = seededRandom("streams").unit;
  const contents = [
    empty,
    Uint8Array.of(7),
    new Uint8Array(5000),
    new Uint8Array(3000).map((_, at) => (at % 64 < 20 ? 0 : at % 640 < 300 ? 1 : 2)),
    new Uint8Array(2000).map(() => random() * 256),
    new Uint8Array(4000).map((_, at) => 64 + 30 * Math.sin(at) + 4 * random()),
    new TextEncoder().encode("the quick brown fox jumps over the lazy dog, ".repeat(60)),
    new Uint8Array(6000).map((_, at) => [0, 0, 128, 63][at % 4] as number),
  ];
  const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
  const options: ZlibOptions[] = [0, 1, 6, 9].flatMap((level) =>
    [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE].map((strategy) => ({
      level,
      strategy,
      memLevel: 1,
    })),
  );
  return contents.flatMap((content) => options.map((one) => new Uint8Array(deflateRawSync(content, one))));
}

/** A copy with up to four bits flipped, cut, or with bytes of chance in it, mostly near the start: there are the codes. */
function damagedCopy(data: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(data);
  const place = () => Math.floor(copy.length * random() ** 3);
  for (let times = Math.floor(5 * random()); times > 0; times--) {
    const at = place();
    if (random() < 0.7) copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(8 * random()));
    else copy[at] = 256 * random();
  }
  return random() < 0.2 ? copy.subarray(0, place()) : copy;
}

describe.each([
  ["in plain TypeScript", portable],
  ["in WebAssembly", inWasm],
])("our own inflate %s accepts what zlib accepts, and makes the same of it", (_, inflate) => {
  const good = streams();

  test("all that zlib writes, in every kind of block", () => {
    for (const data of good) {
      const zlibs = byZlib(inflateRawSync, data);
      expect(zlibs?.consumed).toBe(data.length);
      expectSame(inflated(inflate, data), zlibs, data);
    }
  });

  test("distances that no symbol stands for, with enough bytes before them", () => {
    // 40,000 stored bytes; then, by fixed codes, a match of three bytes at a distance of each of the last symbols.
    const stored = [0, 40_000 & 255, 40_000 >> 8, ~40_000 & 255, (~40_000 >> 8) & 255];
    for (const [symbol, bits] of [
      [29, "11101"],
      [30, "11110"],
      [31, "11111"],
    ] as const) {
      const spelled = `1100000001${bits}`;
      const data = new Uint8Array(stored.length + 40_000 + 8);
      data.set(stored);
      for (const [at, bit] of [...spelled].entries()) {
        const byte = stored.length + 40_000 + (at >> 3);
        data[byte] = (data[byte] as number) | (Number(bit) << (at & 7));
      }
      const zlibs = byZlib(inflateRawSync, data);
      expect(zlibs !== undefined).toBe(symbol === 29);
      expectSame(inflated(inflate, data), zlibs, data);
    }
  });

  test("100,000 damaged streams", () => {
    const random = seededRandom("damaged streams").unit;
    let accepted = 0;
    for (let round = 0; round < 100_000; round++) {
      const data = damagedCopy(good[round % good.length] as Uint8Array, random);
      const zlibs = byZlib(inflateRawSync, data);
      if (zlibs) accepted++;
      expectSame(inflated(inflate, data), zlibs, data);
    }
    expect(accepted).toBeWithin(10_000, 90_000);
  }, 120_000);

  test("50,000 streams of chance, half of them blocks with codes of chance", () => {
    const random = seededRandom("chance").unit;
    let accepted = 0;
    for (let round = 0; round < 50_000; round++) {
      const data =
        round % 2 ? blockOfChance(random) : new Uint8Array(1 + 120 * random()).map(() => 256 * random());
      // A last block, of each type in turn.
      if (round % 2 === 0) data[0] = ((data[0] as number) & 0xf8) | 1 | ((round % 3) << 1);
      const zlibs = byZlib(inflateRawSync, data);
      if (zlibs) accepted++;
      expectSame(inflated(inflate, data), zlibs, data);
    }
    expect(accepted).toBeWithin(5_000, 45_000);
  }, 120_000);

  test("30,000 gzip files of several members, with every field of the header, damaged or not", () => {
    const random = seededRandom("gzip files").unit;
    let accepted = 0;
    for (let round = 0; round < 30_000; round++) {
      const members = Array.from({ length: 1 + Math.floor(3 * random()) }, () =>
        withHeader(new Uint8Array(300 * random()).fill(256 * random()), random),
      );
      const whole = Uint8Array.from(members.flatMap((member) => [...member]));
      const file = random() < 0.5 ? whole : damagedCopy(whole, random);
      const zlibs = byZlib(gunzipSync, file);
      // Zeros after the last member are no fault to node:zlib, but one to us.
      const expected = zlibs?.consumed === file.length ? zlibs : undefined;
      if (expected) accepted++;
      expectSame(gunzipped(inflate, file), expected, file);
    }
    expect(accepted).toBeWithin(15_000, 29_000);
  }, 120_000);
});

/** A last block with codes of its own, of which some are no codes, some unused; what they spell is up to chance. */
function blockOfChance(random: () => number): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) bits.push((value >>> bit) & 1);
  };
  const literals = random() < 0.5 ? 257 : 257 + Math.floor(32 * random());
  const distances = 1 + Math.floor(32 * random());
  put(1 | (2 << 1), 3);
  put(literals - 257, 5);
  put(distances - 1, 5);
  put(19 - 4, 4);
  // The lengths 0 to 15 in four bits each, highest first; the symbols 16, 17 and 18, which come first, are not used.
  for (let at = 0; at < 19; at++) put(at < 3 ? 0 : 4, 3);
  const lengths = [...lengthsOfChance(literals, 256, random), ...lengthsOfChance(distances, 0, random)];
  if (random() < 0.1) lengths[Math.floor(lengths.length * random())] = Math.floor(16 * random());
  for (const length of lengths) for (let bit = 3; bit >= 0; bit--) put((length >>> bit) & 1, 1);
  for (let more = 400 * random(); more > 0; more--) put(Number(random() < 0.5), 1);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8) + 30);
  for (const [at, bit] of bits.entries()) bytes[at >> 3] = (bytes[at >> 3] as number) | (bit << (at & 7));
  return bytes;
}

/** Of a complete code: a leaf is split in two again and again. One symbol is always in it. */
function lengthsOfChance(count: number, needed: number, random: () => number): number[] {
  const leaves = [0];
  for (let splits = count * random() ** 2; splits > 1; splits--) {
    const at = Math.floor(leaves.length * random());
    const depth = leaves[at] as number;
    if (depth < 15) leaves.splice(at, 1, depth + 1, depth + 1);
  }
  const lengths = new Array<number>(count).fill(0);
  const symbols = [...lengths.keys()].filter((symbol) => symbol !== needed).sort(() => random() - 0.5);
  for (const [at, depth] of leaves.entries()) lengths[[needed, ...symbols][at] ?? needed] = depth || 1;
  return lengths;
}

/** A member with a chance selection of the optional fields of RFC 1952, section 2.3.1. */
function withHeader(content: Uint8Array, random: () => number): Uint8Array {
  const member = new Uint8Array(gzipSync(content));
  const flags = Math.floor(32 * random());
  const header = [...member.subarray(0, 10)];
  header[3] = flags;
  const text = () => [...new TextEncoder().encode("name".repeat(3 * random())), 0];
  if (flags & 4) header.push(3, 0, 65, 66, 67);
  if (flags & 8) header.push(...text());
  if (flags & 16) header.push(...text());
  if (flags & 2) {
    const sum = crc32(Uint8Array.from(header));
    header.push(sum & 255, (sum >>> 8) & 255);
  }
  return Uint8Array.from([...header, ...member.subarray(10)]);
}

describe("all ways of inflating", () => {
  const content = new TextEncoder().encode("the quick brown fox ".repeat(5000));
  const packed = new Uint8Array(deflateRawSync(content));
  const followed = Uint8Array.from([...packed, 1, 2, 3]);

  test("say where the data ended, refuse every truncation, and stop at the limit", async () => {
    for (const inflate of [await platformInflate(), portable, inWasm]) {
      const out = new GatherSink(0, 1e6);
      const inflated = inflate(followed, out, 1e6);
      expect(inflated).toEqual({ consumed: packed.length, bytes: content.length, crc: crc32(content) });
      expect(out.bytes).toEqual(content);
      for (let length = 0; length < packed.length; length++) {
        expect(() => inflate(packed.subarray(0, length), new GatherSink(0, 1e6), 1e6)).toThrow(
          faultCodes.gzip_damaged,
        );
      }
      expect(() => inflate(packed, new GatherSink(0, 1000), 1000)).toThrow(faultCodes.too_large);
      expect(() => inflate(packed, new GatherSink(0, 1e6), 1000)).toThrow(faultCodes.too_large);
    }
  });

  test("give a beginning for as long as it is undamaged, and no more than is wanted", async () => {
    const damaged = Uint8Array.from(packed);
    damaged.fill(255, 60);
    for (const inflate of [await platformInflate(), portable, inWasm]) {
      const head = new HeadSink(20);
      inflate(packed, head, 20);
      expect(head.bytes).toEqual(content.subarray(0, 20));
      const early = new HeadSink(20);
      inflate(damaged, early, 20);
      expect(early.bytes).toEqual(content.subarray(0, 20));
    }
  });

  test("a window slides under hundreds of pieces, whatever room there is for each", () => {
    const random = seededRandom("long").unit;
    const long = new Uint8Array(3_000_000);
    for (let at = 0; at < long.length; ) {
      const next = Math.min(long.length, at + Math.floor(10 ** (6 * random())));
      const kind = random();
      if (kind < 0.5) long.fill(256 * random(), at, next);
      else if (kind < 0.7) long.copyWithin(at, Math.max(0, at - 40_000 * random()), next);
      else for (let i = at; i < Math.min(next, at + 3000); i++) long[i] = 8 * random();
      at = next;
    }
    const data = new Uint8Array(deflateRawSync(long));
    for (const inflate of [portable, inWasm]) {
      for (const roomMax of [999, 70_001, 1e9]) {
        const all = new GatherSink(0, long.length);
        const sink = {
          room: () => all.room().subarray(0, roomMax),
          filled: (count: number) => all.filled(count),
        };
        expect(inflate(data, sink, long.length).crc).toBe(crc32(long));
        expect(all.bytes).toEqual(long);
      }
    }
  });
});

/** As in src/deflate/wasm-steps.ts. */
const END: u32 = 0;
const FULL: u32 = 1;
const STARVED: u32 = 2;
const DAMAGED: u32 = 3;

/** As in src/deflate/prefix-code.ts. */
const TABLE_MASK: u32 = 1023;
const COUNTS: usize = 2048;
const SYMBOLS: usize = 2080;

/**
 * `inflateBlock` of src/deflate/inflate-portable.ts, as far as input and room go: from bit `state[0]` of the input to
 * window address `state[1]`, beginning with what is left of a match (`state[2]` bytes, `state[3]` back). Unless the input
 * is the last there is, its last bytes are left for the next call. Eight bytes behind the last input are read as zeros,
 * and sixteen behind the room may be written.
 */
export function inflateBlock(
  state: usize,
  input: usize,
  inputBytes: u32,
  isLast: u32,
  literals: usize,
  distances: usize,
  window: usize,
  end: usize,
): u32 {
  const inputEnd = input + inputBytes;
  const stop = isLast ? inputEnd + 16 : inputEnd - 8;
  let at = load<u32>(state, 4) as usize;
  let left = load<u32>(state, 8);
  let distance = load<u32>(state, 12);
  // Of the bits, `count` are counted; those above are right, but will be read once more.
  const bitAt = load<u32>(state);
  let next = input + (bitAt >> 3);
  let bits: u64 = 0;
  let count: u32 = 0;
  let status = FULL;
  if (next > stop) {
    status = STARVED;
  } else {
    bits = load<u64>(next) >> (bitAt & 7);
    next += 7;
    count = 56 - (bitAt & 7);
    while (true) {
      if (left > 0) {
        const part = <u32>min<usize>(left, end - at);
        copy(at, distance, part);
        at += part;
        left -= part;
      }
      if (at >= end) break;
      if (next > stop) {
        status = STARVED;
        break;
      }
      bits |= load<u64>(next) << count;
      next += (63 - count) >> 3;
      count |= 56;
      const entry = find(literals, <u32>bits);
      let taken = entry & 15;
      const symbol = entry >> 4;
      if (symbol > 256) {
        const s = symbol - 257;
        if (s > 28) {
          status = DAMAGED;
          break;
        }
        const lengthExtra = s < 8 || s === 28 ? 0 : (s >> 2) - 1;
        const lengthBase = s < 8 ? 3 + s : s === 28 ? 258 : 3 + ((4 + (s & 3)) << lengthExtra);
        left = lengthBase + (<u32>(bits >> taken) & ((1 << lengthExtra) - 1));
        taken += lengthExtra;
        const far = find(distances, <u32>(bits >> taken));
        taken += far & 15;
        const d = far >> 4;
        const distanceExtra = d < 2 ? 0 : (d >> 1) - 1;
        distance =
          1 +
          (d < 2 ? d : (2 + (d & 1)) << distanceExtra) +
          (<u32>(bits >> taken) & ((1 << distanceExtra) - 1));
        taken += distanceExtra;
        if (far === 0 || d > 29 || distance > <u32>(at - window)) {
          left = 0;
          status = DAMAGED;
          break;
        }
      }
      bits >>= taken;
      count -= taken;
      if (entry === 0 || (next > inputEnd && next - (count >> 3) > inputEnd)) {
        left = 0;
        status = DAMAGED;
        break;
      }
      if (symbol === 256) {
        status = END;
        break;
      }
      if (symbol < 256) store<u8>(at++, <u8>symbol);
    }
    store<u32>(state, ((<u32>(next - input)) << 3) - count);
  }
  store<u32>(state, <u32>at, 4);
  store<u32>(state, left, 8);
  store<u32>(state, distance, 12);
  return status;
}

function find(code: usize, bits: u32): u32 {
  const entry = <u32>load<u16>(code + ((<usize>(bits & TABLE_MASK)) << 1));
  return entry !== 0 ? entry : search(code, bits);
}

function search(tables: usize, bits: u32): u32 {
  let code: u32 = 0;
  let first: u32 = 0;
  let rank: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    code |= (bits >> (length - 1)) & 1;
    const count = <u32>load<u16>(tables + COUNTS + ((<usize>length) << 1));
    if (code - first < count) {
      return ((<u32>load<u16>(tables + SYMBOLS + ((<usize>(rank + code - first)) << 1))) << 4) + length;
    }
    rank += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return 0;
}

/** Sixteen bytes at a time, so up to fifteen more than were asked for. */
function copy(at: usize, distance: usize, length: usize): void {
  const end = at + length;
  let to = at;
  if (distance === 1) {
    const byte = i8x16.splat(load<i8>(at - 1));
    for (; to < end; to += 16) v128.store(to, byte);
    return;
  }
  // What repeats after few bytes also repeats after some multiple of them.
  let far = distance;
  while (far < 16) far += distance;
  for (const near = min(end, at + far - distance); to < near; to++) store<u8>(to, load<u8>(to - distance));
  for (; to < end; to += 16) v128.store(to, v128.load(to - far));
}

/** As in src/crc32.ts, with its tables one after the other. */
const RUN_SHIFT: usize = 16384;
const RUN_OF: usize = 20480;

/** `crc32OfView` and `crc32OfRuns` of src/crc32.ts in one: a run is seen, wherever it comes from. */
export function crc32(tables: usize, before: u32, start: usize, end: usize): u32 {
  let crc = ~before;
  let at = start;
  while (at + 128 <= end) {
    if (isRun(at)) {
      crc =
        word(tables + RUN_OF, load<u8>(at)) ^
        word(tables + RUN_SHIFT + 3072, crc & 255) ^
        word(tables + RUN_SHIFT + 2048, (crc >> 8) & 255) ^
        word(tables + RUN_SHIFT + 1024, (crc >> 16) & 255) ^
        word(tables + RUN_SHIFT, crc >> 24);
      at += 128;
      continue;
    }
    for (const next = at + 128; at < next; at += 16) {
      crc =
        fourBytes(tables + 12288, crc ^ load<u32>(at)) ^
        fourBytes(tables + 8192, load<u32>(at, 4)) ^
        fourBytes(tables + 4096, load<u32>(at, 8)) ^
        fourBytes(tables, load<u32>(at, 12));
    }
  }
  for (; at < end; at++) crc = (crc >> 8) ^ word(tables, (crc ^ load<u8>(at)) & 255);
  return ~crc;
}

function isRun(at: usize): bool {
  const byte = i8x16.splat(load<i8>(at));
  let other = v128.xor(byte, v128.load(at));
  for (let more: usize = 16; more < 128; more += 16) {
    other = v128.or(other, v128.xor(byte, v128.load(at + more)));
  }
  return !v128.any_true(other);
}

function fourBytes(tables: usize, bytes: u32): u32 {
  return (
    word(tables + 3072, bytes & 255) ^
    word(tables + 2048, (bytes >> 8) & 255) ^
    word(tables + 1024, (bytes >> 16) & 255) ^
    word(tables, bytes >> 24)
  );
}

function word(table: usize, index: u32): u32 {
  return load<u32>(table + ((<usize>index) << 2));
}

import { platformZlib } from "./platform.ts";

/** Four tables for the polynomial of gzip and zip (ISO 3309), so that four bytes are taken at a time. */
const tables = makeTables();

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[byte] = value;
  }
  const all = [first];
  for (let table = 1; table < 4; table++) {
    const last = all[table - 1] as Uint32Array;
    all.push(last.map((value) => (value >>> 8) ^ (first[value & 255] as number)));
  }
  return all;
}

/** CRC-32 of the bytes, as an unsigned number. The platform's own where it has one. */
export async function crc32(bytes: Uint8Array): Promise<number> {
  const zlib = await platformZlib();
  return zlib?.crc32 === undefined ? crc32Portable(bytes) : zlib.crc32(bytes);
}

export function crc32Portable(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = tables as unknown as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^= u32(bytes, at);
    crc =
      (t3[crc & 255] as number) ^
      (t2[(crc >>> 8) & 255] as number) ^
      (t1[(crc >>> 16) & 255] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

/** Little-endian unsigned 32 bits; beyond the end it reads zeros, so callers check lengths first. */
export function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

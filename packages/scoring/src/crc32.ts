import { platformZlib } from "./platform.ts";

/** Eight tables of 256 for the polynomial of gzip and zip (ISO 3309), one after the other: eight bytes at a time. */
const tables = makeTables();

function makeTables(): Uint32Array {
  const all = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    all[byte] = value;
  }
  for (let at = 256; at < all.length; at++) {
    const last = all[at - 256] as number;
    all[at] = (last >>> 8) ^ (all[last & 255] as number);
  }
  return all;
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
  const t = tables;
  const eights = bytes.length - (bytes.length % 8);
  let crc = ~before;
  let at = 0;
  for (; at < eights; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

/** Little-endian unsigned 32 bits; beyond the end it reads zeros, so callers check lengths first. */
export function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Names that MedForge gives to things. Pure: time and randomness come in as arguments. */

/** 8 characters of lower-case base32 (RFC 4648 alphabet), unique for ever; part of host and container names. */
export type Slug = string & { readonly __slug: never };

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const SLUG_PATTERN = /^[a-z2-7]{8}$/;

/** 5 random bytes are exactly the 40 bits of a slug. */
export function slugFrom(bytes: Uint8Array): Slug {
  if (bytes.length !== 5) throw new RangeError(`a slug is made of 5 bytes, not ${bytes.length}`);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let slug = "";
  for (let shift = 35n; shift >= 0n; shift -= 5n) slug += BASE32[Number((bits >> shift) & 31n)];
  return slug as Slug;
}

export function isSlug(text: string): text is Slug {
  return SLUG_PATTERN.test(text);
}

/**
 * UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits, so that ids sort by time.
 * @param random 10 bytes
 */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  if (random.length !== 10) throw new RangeError(`a UUIDv7 takes 10 random bytes, not ${random.length}`);
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(nowMs / 2 ** (8 * (5 - i))) % 256;
  bytes.set(random, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID_PATTERN.test(text);
}

/** The container of a session. */
export function containerName(slug: Slug): string {
  return `mf-session-${slug}`;
}

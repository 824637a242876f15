import { CLASS_BYTES } from "./layout";

/** Bits of a 64-bit window before those of the 32 elements asked about. */
const MARGIN: u64 = 16;

export function near(
  query: usize,
  target: usize,
  rowWords: u32,
  rows: u32,
  y0: u32,
  y1: u32,
  z0: u32,
  z1: u32,
  classes: usize,
  areas: u32,
  patience: u32,
  table: usize,
  tableLength: u32,
  groups: usize,
  scratch: usize,
  histogram: usize,
  far: usize,
): u32 {
  const end = table + <usize>tableLength * CLASS_BYTES;
  let farAt = far;
  let ordinal = classes;
  let streak: u32 = 0;
  let skip: u32 = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = (<usize>z * rows + y) * rowWords;
      for (let k: usize = 0; k < rowWords; k++) {
        const all = load<u32>(query + ((row + k) << 2));
        if (all === 0) continue;
        let open = all;
        // Two bytes early, so that one load sees 16 elements to either side.
        const base = target + ((row + k) << 2) - 2;
        if (skip > 0) {
          skip--;
        } else {
          for (let e = table; e < end; e += CLASS_BYTES) {
            const code = load<u32>(e);
            const dx = <u64>(code & 255);
            const group = <usize>(code >> 16);
            const s = scratch + (group << 3);
            let hit: u32;
            if (dx === 0) {
              const g = groups + (group << 4);
              let window = load<u64>(base + (load<i32>(g) << 2));
              const n = (code >> 8) & 255;
              if (n > 1) {
                window |= load<u64>(base + (load<i32>(g, 4) << 2));
                if (n > 2) {
                  window |=
                    load<u64>(base + (load<i32>(g, 8) << 2)) | load<u64>(base + (load<i32>(g, 12) << 2));
                }
              }
              store<u64>(s, window);
              hit = <u32>(window >> MARGIN) & open;
            } else {
              const window = load<u64>(s);
              hit = <u32>((window >> (MARGIN + dx)) | (window >> (MARGIN - dx))) & open;
            }
            if (hit === 0) continue;
            open ^= hit;
            const bin = histogram + ((<usize>(load<u32>(e, 4) * areas)) << 2);
            if (classes === 0) {
              store<u32>(bin, load<u32>(bin) + <u32>popcnt(hit));
            } else {
              do {
                const below = (hit & (0 - hit)) - 1;
                hit &= hit - 1;
                const b = bin + ((<usize>load<u8>(ordinal + <usize>popcnt(all & below))) << 2);
                store<u32>(b, load<u32>(b) + 1);
              } while (hit !== 0);
            }
            if (open === 0) break;
          }
          if (open === all) {
            if (streak < patience) streak++;
            skip = (1 << streak) - 1;
          } else {
            streak = 0;
          }
        }
        while (open !== 0) {
          const i = ctz(open);
          const below = (open & (0 - open)) - 1;
          open &= open - 1;
          const group: u64 = classes === 0 ? 0 : <u64>load<u8>(ordinal + <usize>popcnt(all & below));
          store<u64>(farAt, ((<u64>k) << 5) | <u64>i | ((<u64>y) << 16) | ((<u64>z) << 32) | (group << 48));
          farAt += 8;
        }
        if (classes !== 0) ordinal += <usize>popcnt(all);
      }
    }
  }
  return <u32>((farAt - far) >> 3);
}

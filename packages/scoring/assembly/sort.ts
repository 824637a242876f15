/** One pass per byte that is not the same in all keys, least significant first. */
export function sortDistances(
  keys: usize,
  classes: usize,
  n: u32,
  spareKeys: usize,
  spareClasses: usize,
): void {
  let from = keys;
  let fromClasses = classes;
  let to = spareKeys;
  let toClasses = spareClasses;
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    memory.fill(COUNTS, 0, 1024);
    for (let i: usize = 0; i < n; i++) {
      const c = COUNTS + <usize>(((load<u64>(from + (i << 3)) >> shift) & 255) << 2);
      store<u32>(c, load<u32>(c) + 1);
    }
    const first = COUNTS + <usize>(((load<u64>(from) >> shift) & 255) << 2);
    if (load<u32>(first) === n) continue;
    let sum: u32 = 0;
    for (let c = COUNTS; c < COUNTS + 1024; c += 4) {
      const inside = load<u32>(c);
      store<u32>(c, sum);
      sum += inside;
    }
    for (let i: usize = 0; i < n; i++) {
      const key = load<u64>(from + (i << 3));
      const c = COUNTS + <usize>(((key >> shift) & 255) << 2);
      const at = <usize>load<u32>(c);
      store<u32>(c, <u32>at + 1);
      store<u64>(to + (at << 3), key);
      store<u16>(toClasses + (at << 1), load<u16>(fromClasses + (i << 1)));
    }
    let swap = from;
    from = to;
    to = swap;
    swap = fromClasses;
    fromClasses = toClasses;
    toClasses = swap;
  }
  if (from !== keys) {
    memory.copy(keys, from, (<usize>n) << 3);
    memory.copy(classes, fromClasses, (<usize>n) << 1);
  }
}

/** Before the arena, see ARENA_BASE in src/kernels/wasm.ts. */
const COUNTS: usize = 1024;

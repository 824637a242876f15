import { RUN_BYTES } from "./layout";

export function components(
  grid: usize,
  blocks: u32,
  ny: u32,
  nz: u32,
  axes: u32,
  runs: usize,
  rowStarts: usize,
): u32 {
  if (runs === 0) return countRuns(grid, blocks, ny, nz);
  const n = findRuns(grid, blocks, ny, nz, runs);
  let at: u32 = 0;
  const rows = ny * nz;
  for (let row: u32 = 0; row < rows; row++) {
    store<u32>(rowStarts + ((<usize>row) << 2), at);
    while (at < n && load<u32>(runs + <usize>at * RUN_BYTES, 8) === row) at++;
  }
  store<u32>(rowStarts + ((<usize>rows) << 2), n);
  for (let z: u32 = 0; z < nz; z++) {
    for (let y: u32 = 0; y < ny; y++) {
      const row = z * ny + y;
      const here = rowStarts + ((<usize>row) << 2);
      if (load<u32>(here) === load<u32>(here, 4)) continue;
      const plane = (<usize>ny) << 2;
      if (y > 0) join(runs, here, here - 4, axes >= 2 ? 1 : 0);
      if (z === 0) continue;
      if (y > 0 && axes >= 2) join(runs, here, here - plane - 4, axes >= 3 ? 1 : 0);
      join(runs, here, here - plane, axes >= 2 ? 1 : 0);
      if (y < ny - 1 && axes >= 2) join(runs, here, here - plane + 4, axes >= 3 ? 1 : 0);
    }
  }
  let count: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const e = runs + <usize>i * RUN_BYTES;
    const parent = load<u32>(e, 12);
    if (parent === i) store<u32>(e, count++, 12);
    else store<u32>(e, load<u32>(runs + <usize>parent * RUN_BYTES, 12), 12);
  }
  return count;
}

/** Every run has two ends. */
function countRuns(grid: usize, blocks: u32, ny: u32, nz: u32): u32 {
  const rowBytes = (<usize>blocks) << 3;
  const end = grid + <usize>(ny + 2) * (nz + 2) * rowBytes;
  let ends: u64 = 0;
  for (let row = grid; row < end; row += rowBytes) {
    if (isEmpty(row, rowBytes)) continue;
    let carry: u64 = 0;
    for (let at = row; at < row + rowBytes; at += 8) {
      const word = load<u64>(at);
      ends += popcnt(word ^ ((word << 1) | carry));
      carry = word >> 63;
    }
    ends += carry;
  }
  return <u32>(ends >> 1);
}

function isEmpty(row: usize, bytes: usize): bool {
  let any: u64 = 0;
  for (let at = row; at < row + bytes; at += 8) any |= load<u64>(at);
  return any === 0;
}

function findRuns(grid: usize, blocks: u32, ny: u32, nz: u32, out: usize): u32 {
  const rowBytes = (<usize>blocks) << 3;
  let n: u32 = 0;
  let at = out;
  for (let z: u32 = 0; z < nz; z++) {
    for (let y: u32 = 0; y < ny; y++) {
      const row = grid + (<usize>(z + 1) * (ny + 2) + y + 1) * rowBytes;
      if (isEmpty(row, rowBytes)) continue;
      // Bits where a run begins, and where one ended, over the row; `carry` is the voxel before.
      let carry: u64 = 0;
      let first: u32 = 0;
      for (let k: u32 = 0; k <= blocks; k++) {
        const word: u64 = k < blocks ? load<u64>(row + ((<usize>k) << 3)) : 0;
        let edges = word ^ ((word << 1) | carry);
        let open = carry;
        carry = word >> 63;
        while (edges !== 0) {
          const x = (k << 6) + <u32>ctz(edges);
          edges &= edges - 1;
          if (open === 0) {
            first = x;
            open = 1;
            continue;
          }
          open = 0;
          store<u32>(at, first);
          store<u32>(at, x - 1, 4);
          store<u32>(at, z * ny + y, 8);
          store<u32>(at, n, 12);
          at += RUN_BYTES;
          n++;
        }
      }
    }
  }
  return n;
}

function join(runs: usize, startsA: usize, startsB: usize, reach: u32): void {
  let a = load<u32>(startsA);
  let b = load<u32>(startsB);
  const aEnd = load<u32>(startsA, 4);
  const bEnd = load<u32>(startsB, 4);
  while (a < aEnd && b < bEnd) {
    const ea = runs + <usize>a * RUN_BYTES;
    const eb = runs + <usize>b * RUN_BYTES;
    const lastA = load<u32>(ea, 4);
    const lastB = load<u32>(eb, 4);
    if (load<u32>(ea) <= lastB + reach && load<u32>(eb) <= lastA + reach) {
      const p = rootOf(runs, a);
      const q = rootOf(runs, b);
      if (p < q) store<u32>(runs + <usize>q * RUN_BYTES, p, 12);
      else store<u32>(runs + <usize>p * RUN_BYTES, q, 12);
    }
    if (lastA < lastB) a++;
    else b++;
  }
}

function rootOf(runs: usize, run: u32): u32 {
  let at = run;
  let parent = load<u32>(runs + <usize>at * RUN_BYTES, 12);
  while (parent !== at) {
    const above = load<u32>(runs + <usize>parent * RUN_BYTES, 12);
    store<u32>(runs + <usize>at * RUN_BYTES, above, 12);
    at = above;
    parent = load<u32>(runs + <usize>at * RUN_BYTES, 12);
  }
  return at;
}

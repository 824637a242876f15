/**
 * A surface grid once more as bytes: how many steps along x it is from each position to the nearest element in its row,
 * 255 where that is more than 15. A plane of it is stored in columns four bytes wide, each from the first row to the
 * last, so that 16 bytes from any row on are a tile of 4 × 4 positions.
 */
export const TILE: u32 = 4;

/** No element within 15 steps. */
export const NONE: i8 = -1;

/** Bytes around a row while it is drawn: what an element reaches to either side. */
const MARGIN: usize = 16;

/** Of the buffer that `drawPlane` draws four rows in. */
export function rowBytes(columns: u32): usize {
  return ((<usize>columns) << 2) + 2 * MARGIN;
}

/**
 * The rows of one plane of a grid, `rows` from `grid` on, into the columns from `out` on. `first` is the position of the
 * first column, a multiple of 4 in the first 64 bits of a row; the number of columns is a multiple of 4.
 */
export function drawPlane(
  grid: usize,
  rowWords: u32,
  rows: u32,
  first: u32,
  columns: u32,
  buffer: usize,
  out: usize,
  columnBytes: usize,
): void {
  const none = i8x16.splat(NONE);
  const width = rowBytes(columns);
  const rowSize = (<usize>rowWords) << 2;
  const words = min(((<usize>(first + TILE * columns) + 63) >> 6) << 3, rowSize);
  for (let y: u32 = 0; y < rows; y += TILE) {
    for (let b = buffer; b < buffer + 4 * width; b += 16) v128.store(b, none);
    const inside = <usize>min(rows - y, TILE);
    for (let j: usize = 0; j < inside; j++) {
      const row = grid + (<usize>y + j) * rowSize;
      const to = buffer + j * width + MARGIN - <usize>first;
      for (let k: usize = 0; k < words; k += 8) drawRuns(load<u64>(row + k), to + (k << 3));
    }
    let o = out + ((<usize>y) << 2);
    for (let p = buffer + MARGIN; p < buffer + width - MARGIN; p += 16) {
      turn(p, width, o, columnBytes);
      o += columnBytes << 2;
    }
  }
}

/** The runs of a word, left to right, whose first bit is at `to`. */
function drawRuns(word: u64, to: usize): void {
  const falling = i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const rising = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  let left = word;
  while (left !== 0) {
    const start = to + <usize>ctz(left);
    const more = ~(left >> ctz(left));
    const last = start + (more === 0 ? 63 : <usize>ctz(more) - 1);
    // Nothing to the right is drawn yet, but to the left there may be a run that is nearer.
    v128.store(start - 15, i8x16.min_u(v128.load(start - 15), falling));
    for (let p = start; p < last; p += 16) v128.store(p, i8x16.splat(0));
    v128.store(last, rising);
    left &= left + (left & (0 - left));
  }
}

/** 16 bytes of each of four rows, into four columns. */
function turn(from: usize, width: usize, to: usize, columnBytes: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + width);
  const c = v128.load(from + 2 * width);
  const d = v128.load(from + 3 * width);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const abAfter = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cdAfter = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(to + columnBytes, i64x2.shuffle(ab, cd, 1, 3));
  v128.store(to + 2 * columnBytes, i64x2.shuffle(abAfter, cdAfter, 0, 2));
  v128.store(to + 3 * columnBytes, i64x2.shuffle(abAfter, cdAfter, 1, 3));
}

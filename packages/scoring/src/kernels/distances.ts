/**
 * One direction of a comparison: every surface element of one mask with its distance to the other mask's surface.
 * Equal distances are one entry per class of elements, with a count, in ascending order of distance and then class. So
 * the content depends on the masks alone, not on the engine, on what the near search left to the far search or on how
 * many workers took part, and every sum over it has one order.
 */
export interface Distances {
  /** Squared distance of each entry, mm². */
  readonly squares: Float64Array;
  /** Index into `weights` of each entry. */
  readonly classes: Uint16Array;
  readonly counts: Uint32Array;
  /** Area (mm²) or length (mm) of an element of each class; 1 where elements only count. */
  readonly weights: Float64Array;
}

/** What the near search found: `counts[square × classes + class]`, squares in mm² ascending. */
export interface NearDistances {
  readonly squares: Float64Array;
  readonly counts: Uint32Array;
  readonly weights: Float64Array;
}

/** What the far search found, element by element, sorted ascending. */
export interface FarDistances {
  readonly squares: Float64Array;
  readonly classes: Uint16Array;
}

/** Of all the elements of each class, those that the near search has not found are infinitely far. */
export function withBeyond({ squares, counts, weights }: NearDistances, tally: Uint32Array): Distances {
  const beyond = tally.slice();
  for (let i = 0; i < counts.length; i++) {
    const c = i % tally.length;
    beyond[c] = (beyond[c] as number) - (counts[i] as number);
  }
  const all = {
    squares: new Float64Array(squares.length + 1).fill(Number.POSITIVE_INFINITY),
    counts: new Uint32Array(counts.length + beyond.length),
    weights,
  };
  all.squares.set(squares);
  all.counts.set(counts);
  all.counts.set(beyond, counts.length);
  return mergeDistances(all);
}

export function mergeDistances(
  { squares, counts: histogram, weights }: NearDistances,
  { squares: farSquares, classes: farClasses }: FarDistances = NOTHING,
): Distances {
  const classes = weights.length;
  let used = 0;
  for (let i = 0; i < histogram.length; i++) if (histogram[i] !== 0) used++;
  const bound = used + entriesMax(farSquares, classes);
  const out = {
    squares: new Float64Array(bound),
    classes: new Uint16Array(bound),
    counts: new Uint32Array(bound),
  };
  const tally = new Uint32Array(classes);
  let n = 0;
  let row = 0;
  let f = 0;
  while (row < squares.length || f < farSquares.length) {
    const nearest = row < squares.length ? (squares[row] as number) : Number.POSITIVE_INFINITY;
    const farthest = f < farSquares.length ? (farSquares[f] as number) : Number.POSITIVE_INFINITY;
    const square = Math.min(nearest, farthest);
    if (row < squares.length && nearest === square) {
      for (let c = 0; c < classes; c++) tally[c] = histogram[row * classes + c] as number;
      row++;
    }
    while (f < farSquares.length && farSquares[f] === square) {
      const c = farClasses[f++] as number;
      tally[c] = (tally[c] as number) + 1;
    }
    for (let c = 0; c < classes; c++) {
      if (tally[c] === 0) continue;
      out.squares[n] = square;
      out.classes[n] = c;
      out.counts[n++] = tally[c] as number;
      tally[c] = 0;
    }
  }
  return {
    squares: out.squares.subarray(0, n),
    classes: out.classes.subarray(0, n),
    counts: out.counts.subarray(0, n),
    weights,
  };
}

/** How many entries sorted squares can become: no more than there are classes for each that is distinct. */
function entriesMax(squares: Float64Array, classes: number): number {
  let entries = 0;
  let same = 0;
  let last = Number.NaN;
  for (let i = 0; i < squares.length; i++) {
    const square = squares[i] as number;
    same = square === last ? same + 1 : 1;
    last = square;
    if (same <= classes) entries++;
  }
  return entries;
}

const NOTHING: FarDistances = { squares: new Float64Array(0), classes: new Uint16Array(0) };

/** Both directions as one set, for the pooled forms. Both must have the same weights. */
export function poolDistances(a: Distances, b: Distances): Distances {
  const n = a.squares.length + b.squares.length;
  const squares = new Float64Array(n);
  const classes = new Uint16Array(n);
  const counts = new Uint32Array(n);
  let i = 0;
  let j = 0;
  let to = 0;
  // Nothing is allocated on the way: there may be hundreds of thousands of entries.
  while (i < a.squares.length || j < b.squares.length) {
    const p = i < a.squares.length ? (a.squares[i] as number) : Number.POSITIVE_INFINITY;
    const q = j < b.squares.length ? (b.squares[j] as number) : Number.POSITIVE_INFINITY;
    const isFirst =
      j >= b.squares.length ||
      (i < a.squares.length && (p < q || (p === q && (a.classes[i] as number) <= (b.classes[j] as number))));
    const from = isFirst ? a : b;
    const at = isFirst ? i++ : j++;
    const square = from.squares[at] as number;
    const group = from.classes[at] as number;
    const last = to - 1;
    if (last >= 0 && squares[last] === square && classes[last] === group) {
      counts[last] = (counts[last] as number) + (from.counts[at] as number);
      continue;
    }
    squares[to] = square;
    classes[to] = group;
    counts[to++] = from.counts[at] as number;
  }
  return {
    squares: squares.subarray(0, to),
    classes: classes.subarray(0, to),
    counts: counts.subarray(0, to),
    weights: a.weights,
  };
}

/** The number of elements. */
export function elementCount({ counts }: Distances): number {
  let n = 0;
  for (let i = 0; i < counts.length; i++) n += counts[i] as number;
  return n;
}

/** Sum of the weights of all elements: area, length or number. */
export function totalWeight({ classes, counts, weights }: Distances): number {
  return weightOf(tallyOf(classes, counts, classes.length, weights.length), weights);
}

/** Weight of the elements not farther than `tolerance` (mm, inclusive, compared in float64 after the root). */
export function weightWithin({ squares, classes, counts, weights }: Distances, tolerance: number): number {
  let end = 0;
  while (end < squares.length && Math.sqrt(squares[end] as number) <= tolerance) end++;
  return weightOf(tallyOf(classes, counts, end, weights.length), weights);
}

/** Σ distance × weight, entry by entry. */
export function weightedSum({ squares, classes, counts, weights }: Distances): number {
  let sum = 0;
  for (let i = 0; i < squares.length; i++) {
    sum +=
      Math.sqrt(squares[i] as number) * ((counts[i] as number) * (weights[classes[i] as number] as number));
  }
  return sum;
}

export function largest({ squares }: Distances): number {
  return Math.sqrt(squares.at(-1) ?? Number.NaN);
}

/** Linear interpolation between order statistics, at index (n - 1)·p/100; weights play no part. */
export function linearPercentile(distances: Distances, percentile: number): number {
  const n = elementCount(distances);
  if (n === 0) return Number.NaN;
  const index = ((n - 1) * percentile) / 100;
  const below = Math.min(n - 1, Math.floor(index));
  const a = orderStatistic(distances, below);
  const part = index - below;
  if (part === 0) return a;
  return a + (orderStatistic(distances, below + 1) - a) * part;
}

/** The smallest distance whose cumulative share of the weight is at least p/100. */
export function weightedPercentile(distances: Distances, percentile: number): number {
  const { squares, classes, counts, weights } = distances;
  const total = totalWeight(distances);
  const share = percentile / 100;
  const tally = new Float64Array(weights.length);
  let running = 0;
  for (let i = 0; i < squares.length; i++) {
    const c = classes[i] as number;
    const count = counts[i] as number;
    tally[c] = (tally[c] as number) + count;
    running += count * (weights[c] as number);
    if (squares[i + 1] === squares[i]) continue;
    // The running sum is good enough to see that the share is not reached, but not to say that it is.
    if (running / total < share - 1e-9) continue;
    if (weightOf(tally, weights) / total >= share) return Math.sqrt(squares[i] as number);
  }
  return largest(distances);
}

function orderStatistic({ squares, counts }: Distances, index: number): number {
  let seen = 0;
  for (let i = 0; i < squares.length; i++) {
    seen += counts[i] as number;
    if (seen > index) return Math.sqrt(squares[i] as number);
  }
  return Number.NaN;
}

function tallyOf(classes: Uint16Array, counts: Uint32Array, end: number, size: number): Float64Array {
  const tally = new Float64Array(size);
  for (let i = 0; i < end; i++) {
    const c = classes[i] as number;
    tally[c] = (tally[c] as number) + (counts[i] as number);
  }
  return tally;
}

function weightOf(tally: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < weights.length; c++) sum += (tally[c] as number) * (weights[c] as number);
  return sum;
}

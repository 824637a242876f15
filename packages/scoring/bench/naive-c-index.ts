/** Harrell's C as one would first write it: sort an index with a comparator, one Fenwick tree over all risks. */
export function naiveCIndex(times: Float64Array, events: Uint8Array, risks: Float64Array): number {
  const distinct = Float64Array.from(new Set(risks)).sort();
  const rankOf = new Map(Array.from(distinct, (risk, rank) => [risk, rank]));
  const order = Array.from(times.keys()).sort((a, b) => (times[b] ?? 0) - (times[a] ?? 0));
  const tree = new Float64Array(distinct.length + 1);
  const upTo = (rank: number) => {
    let sum = 0;
    for (let node = rank; node > 0; node -= node & -node) sum += tree[node] ?? 0;
    return sum;
  };
  const enter = (rank: number) => {
    for (let node = rank + 1; node < tree.length; node += node & -node) tree[node] = (tree[node] ?? 0) + 1;
  };
  let [wins, comparable, entered] = [0, 0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && times[order[end] ?? 0] === times[order[start] ?? 0]) end += 1;
    const group = order
      .slice(start, end)
      .map((row) => ({ event: events[row] === 1, rank: rankOf.get(risks[row] ?? 0) ?? 0 }));
    for (const { event, rank } of group) if (!event) enter(rank);
    entered += group.filter(({ event }) => !event).length;
    for (const { event, rank } of group) {
      if (!event) continue;
      wins += (upTo(rank) + upTo(rank + 1)) / 2;
      comparable += entered;
    }
    for (const { event, rank } of group) if (event) enter(rank);
    entered += group.filter(({ event }) => event).length;
    start = end;
  }
  return wins / comparable;
}

/** Turns counts into sums of all up to each place, where it stands: from how many have a key to where the next begins. */
export function addUp(counts: Uint32Array): void {
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
}

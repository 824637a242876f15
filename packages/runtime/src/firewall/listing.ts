/**
 * Compares two texts of `nft list table`. Both come from the same nft, so every difference is real: a rule, its place,
 * a set's element, a flag such as `dormant`.
 * @returns where they part, for a person, or undefined when they are the same
 */
export function firstDifference(expected: string, seen: string): string | undefined {
  const wanted = lines(expected);
  const found = lines(seen);
  let block = "the table";
  for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
    const want = wanted[i];
    const have = found[i];
    if (want !== have) {
      return `in ${block}, ${have === undefined ? "nothing" : `\`${have}\``} stands where ${want === undefined ? "nothing" : `\`${want}\``} should`;
    }
    const opened = want?.match(/^(chain|set) (\S+) \{$/);
    if (opened !== null && opened !== undefined) block = `${opened[1]} ${opened[2]}`;
    else if (want === "}") block = "the table";
  }
  return undefined;
}

/** Without indentation and empty lines; a set's wrapped elements are one line. */
function lines(text: string): string[] {
  return text
    .replace(/,\s*\n\s*/g, ", ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

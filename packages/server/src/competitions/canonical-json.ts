/**
 * JSON with one way to write each value: keys in the order of their UTF-16 units, no blanks, numbers as ECMAScript
 * writes them. Source: RFC 8785, JSON Canonicalization Scheme.
 * @throws RangeError for a number that JSON has no way to write
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError("JSON has no NaN and no infinity");
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

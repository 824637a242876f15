/** Which bytes of a file a request asks for (RFC 9110, 14): one range, or all of it. */

export type Wanted =
  | { readonly is: "all" }
  /** Both ends belong to it. */
  | { readonly is: "part"; readonly first: number; readonly last: number }
  /** Nothing of what is asked for exists. */
  | { readonly is: "none" };

const ALL: Wanted = { is: "all" };
const ONE_RANGE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/;

/**
 * A server may answer any range with the whole file: so it does several ranges, other units and what makes no sense.
 * @param etag strong, with its quotes: with an `If-Range` that names anything else the file has changed meanwhile
 */
export function wantedRange(headers: Headers, size: number, etag: string): Wanted {
  const found = ONE_RANGE.exec(headers.get("range")?.trim() ?? "");
  if (found === null) return ALL;
  const ifRange = headers.get("if-range");
  if (ifRange !== null && ifRange.trim() !== etag) return ALL;
  const [, from, to, suffix] = found;
  if (suffix !== undefined) {
    const bytes = Math.min(Number(suffix), size);
    return bytes === 0 ? { is: "none" } : { is: "part", first: size - bytes, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" || to === undefined ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return ALL;
  return first >= size ? { is: "none" } : { is: "part", first, last };
}

/** Whether the client has this very file already: `If-None-Match` names it, weakly or not (RFC 9110, 13.1.2). */
export function isKnown(headers: Headers, etag: string): boolean {
  const known = headers.get("if-none-match");
  if (known === null) return false;
  return known.trim() === "*" || known.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
}

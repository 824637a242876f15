const PATH_LENGTH_MAX = 2_000;
/** A second slash, plain, as Windows writes it, or encoded however often: some reader takes it for a host's name. */
const ANOTHER_HOST = /^\/(?:[\\/]|%(?:25)*(?:2f|5c))/i;
/** Browsers drop control characters before they look, and read a backslash as a slash. */
const UNSAFE = /[^\x21-\x7e]|\\|%(?:25)*(?:[01][0-9a-f]|7f)/i;

/**
 * Where to go on after logging in.
 * @returns the same text when it is a path, with or without a query, that stays on whatever host it is asked from
 */
export function pathOnHost(next: string): string | undefined {
  if (!next.startsWith("/") || next.length > PATH_LENGTH_MAX) return undefined;
  if (ANOTHER_HOST.test(next) || UNSAFE.test(next)) return undefined;
  const base = "https://host.invalid";
  const url = URL.parse(next, base);
  // Dots that the browser resolves can leave a second slash at the front.
  if (url?.origin !== base || ANOTHER_HOST.test(url.pathname)) return undefined;
  return next;
}

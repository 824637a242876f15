const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const nameBytesMax = 512;
const controls = /\p{Cc}/u;
const archives = /\.(zip|zipx|7z|rar|jar|tar|tgz|tbz2?|txz|bz2|xz|zst|lz4|tar\.gz)$/i;

/**
 * A plain relative name with forward slashes, or nothing: no `..`, no `.`, no empty part, not absolute, no drive
 * letter, backslash, NUL or other control character, and UTF-8 throughout.
 */
export function plainName(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > nameBytesMax) return undefined;
  let name: string;
  try {
    name = utf8.decode(bytes);
  } catch {
    return undefined;
  }
  if (controls.test(name) || name.includes("\\") || /^[A-Za-z]:/.test(name)) return undefined;
  const parts = (name.endsWith("/") ? name.slice(0, -1) : name).split("/");
  return parts.some((part) => part === "" || part === "." || part === "..") ? undefined : name;
}

/** The same for two names that some file system would take for one file: equal but for case or Unicode spelling. */
export function caseKey(name: string): string {
  return name.normalize("NFC").toLowerCase().toUpperCase().replace(/\/$/, "");
}

/** What file managers leave behind and nobody meant to send. */
export function isClutter(name: string): boolean {
  const parts = name.split("/");
  const last = parts[parts.length - 1] ?? "";
  return parts.includes("__MACOSX") || last === ".DS_Store" || last.startsWith("._") || last === "Thumbs.db";
}

export function isArchiveName(name: string): boolean {
  return archives.test(name);
}

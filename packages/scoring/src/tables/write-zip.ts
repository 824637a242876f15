import { zipSync } from "fflate";

/** A zip archive of these files, in this order and with a fixed date: the same files give the same bytes. */
export function writeZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync({ ...files }, { level: 6, mtime: "1980-01-01T00:00:00", os: 3, attrs: 0o100644 << 16 });
}

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

import { PrepareError } from "./errors.ts";

/**
 * A bundle holds a holdout, so it may lie nowhere that people can look into: not in a folder called `public` or
 * `dataset`, not where the server keeps what it shows, and not in a git work tree, from where it would be pushed.
 * @param shown folders of this server whose files people get to see
 * @returns the folder's real path, links resolved; it need not be there yet
 * @throws PrepareError
 */
export function privatePlace(folder: string, shown: readonly string[]): string {
  const real = realPath(resolve(folder));
  const named = real.split(sep).find((part) => /^(public|datasets?)$/i.test(part));
  if (named !== undefined) throw refused(folder, `it is inside of a folder called ${named}`);
  for (const other of shown) {
    if (isInside(real, realPath(resolve(other)))) throw refused(folder, `people can look into ${other}`);
  }
  for (let at = real; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, ".git"))) throw refused(folder, `${at} is a git work tree`);
  }
  return real;
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : `${folder}${sep}`);
}

/** The real path of what is there, and below it the names of what is not there yet. */
export function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
}

function refused(folder: string, why: string): PrepareError {
  return new PrepareError(
    `${folder} cannot take the bundle: it would hold the hidden labels, and ${why}. Name a folder elsewhere.`,
  );
}

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Where a MedForge of this checkout keeps its things. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  /** Everything that must survive a reboot: data, keys, logs. `.medforge` in the checkout. */
  readonly state: string;
  readonly log: string;
  /**
   * Sockets and pid files: outside of the checkout, because a unix socket's path has at most 107 bytes and a pid
   * means nothing after a reboot or in another lab.
   */
  readonly sockets: string;
}

/** This file is `packages/cli/src/host/places.ts` of the checkout. */
export const CHECKOUT: string = realpathSync(resolve(import.meta.dir, "../../../.."));

/** The places for a state folder, both made if missing. */
export function places(state: string = join(CHECKOUT, ".medforge")): Places {
  mkdirSync(state, { recursive: true });
  const real = realpathSync(state);
  const found = { root: CHECKOUT, state: real, log: join(real, "log"), sockets: socketFolder(real) };
  mkdirSync(found.log, { recursive: true, mode: 0o700 });
  makeOwn(found.sockets);
  return found;
}

/** Short, and different for each state folder, so that two checkouts never meet. */
export function socketFolder(
  state: string,
  uid: number = process.getuid?.() ?? 0,
  runtimeDir: string | undefined = process.env.XDG_RUNTIME_DIR,
): string {
  const mark = createHash("sha256").update(state).digest("hex").slice(0, 8);
  if (uid === 0) return `/run/medforge-${mark}`;
  return runtimeDir ? join(runtimeDir, `medforge-${mark}`) : `/tmp/medforge-${uid}-${mark}`;
}

/** Makes a folder that only we may enter. In /tmp a stranger could have made it first. */
function makeOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(
      `${folder} belongs to someone else. Remove it, or set XDG_RUNTIME_DIR to a folder of yours.`,
    );
  }
}

/** True when every folder above `path` lets any user pass: a daemon that drops root needs that. */
export function openToAll(path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if ((lstatSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

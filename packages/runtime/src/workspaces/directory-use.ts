import { MachineError } from "../errors.ts";
import { type Mount, mountsEverywhere, mountsHere, processName, processUsing } from "./mounts.ts";

/** @throws MachineError `in-use` when the folder is bound somewhere, or a process works in it */
export function refuseFolderInUse(folder: string): void {
  const holder = holding(mountsHere(), folder);
  const shown = holder === undefined ? folder : join(holder, folder);
  // A container shows this folder, or one inside of it, as the root of a mount of its own.
  const bound = mountsEverywhere().find((m) => m.device === holder?.device && inside(m.root, shown));
  const pid = bound?.pid ?? processUsing(folder);
  if (pid === undefined) return;
  throw new MachineError(
    "in-use",
    `${folder} is in use by ${processName(pid)}${bound === undefined ? "" : `, at ${bound.point}`}`,
    "Stop the session or program that uses it, then try again.",
  );
}

/** The mount that a path is on: the longest mount point, the newest of equals. */
function holding(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (inside(path, mount.point) && mount.point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** The path within the file system, as mountinfo names it. */
function join(mount: Mount, path: string): string {
  const below = mount.point === "/" ? path : path.slice(mount.point.length);
  return mount.root === "/" ? below : `${mount.root}${below}`;
}

function inside(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

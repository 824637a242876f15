import type { Clock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import { type ForeignMount, type Mount, mountsEverywhere, mountsHere, processName } from "./mounts.ts";
import { isZfs, type ZfsCommands } from "./zfs-command.ts";

/** A container runtime holds copies of all mounts for a moment while it sets up another container. */
const COPY_MS_MAX = 1_500;
const COPY_RETRY_MS = 50;

/** Is this dataset mounted here, at this path if one is given? An unmounted one silently writes to its parent. */
export function mountedAt(dataset: string, path?: string): boolean {
  return mountsHere().some((m) => m.source === dataset && (path === undefined || m.point === path));
}

/**
 * Makes sure that nobody uses a dataset, and unmounts it. Two looks are needed, because each alone is blind: an
 * unmount without force fails while a file is open here, but succeeds under a container's bind mount in another
 * mount namespace, which keeps the files alive and would go on writing to them.
 *
 * @returns mounts it again, if it was mounted and still exists
 */
export function zfsRelease({ run, clock }: { run: ZfsCommands["run"]; clock: Clock }) {
  /** The first mount that stays when ours goes, if it does not go away by itself in time. */
  const stays = async (find: () => ForeignMount | undefined): Promise<ForeignMount | undefined> => {
    const giveUpAtMs = clock.now() + COPY_MS_MAX;
    for (;;) {
      const mount = find();
      if (mount === undefined || clock.now() >= giveUpAtMs) return mount;
      await clock.sleep(COPY_RETRY_MS);
    }
  };

  return async (dataset: string): Promise<() => Promise<void>> => {
    const own = mountsHere().find((m) => m.source === dataset);
    const others = () => usersOf(dataset, own).filter((m) => !(m.here && m.point === own?.point));
    // A copy that follows ours does no harm. One that does not must be seen before the unmount: zfs-fuse cannot
    // mount a file system again while a copy of the old mount is alive.
    const bound =
      others().find((m) => m.point !== own?.point) ??
      (await stays(() => others().find((m) => !m.propagates)));
    if (bound !== undefined) throw inUse(dataset, bound);

    const remount = async () => {
      if (own === undefined || mountedAt(dataset)) return;
      try {
        await run(["zfs", "mount", dataset]);
      } catch (error) {
        if (!isZfs(error, "mounted", "no-dataset")) throw error;
      }
    };
    if (own === undefined) return remount;
    try {
      await run(["zfs", "unmount", dataset]);
    } catch (error) {
      if (!isZfs(error, "not-mounted")) throw error;
    }
    const copy = await stays(() => usersOf(dataset, own)[0]);
    if (copy === undefined) return remount;
    await remount();
    throw inUse(dataset, copy);
  };
}

/** All mounts of the same file system: a bind mount has its device number, wherever and by whatever name it is. */
function usersOf(dataset: string, own: Mount | undefined): ForeignMount[] {
  return mountsEverywhere().filter((m) => m.device === own?.device || m.source === dataset);
}

function inUse(dataset: string, by: ForeignMount): MachineError {
  return new MachineError(
    "in-use",
    `${dataset} is in use: ${processName(by.pid)} has it mounted at ${by.point}`,
    "Stop the session or program that uses it, then try again.",
  );
}

import { workspaceMissing } from "./names.ts";
import { SNAPSHOT_NAME, type Snapshot, type WorkspaceRef } from "./port.ts";
import { rootMissing } from "./zfs-check.ts";
import { isZfs, type ZfsCommands } from "./zfs-command.ts";

/**
 * How a restore loses nothing. `zfs rollback -r` destroys every snapshot newer than the one restored; instead, the
 * dataset steps aside as it is and a clone of the snapshot takes its place:
 *
 * ```
 * <ws>                  what the sessions see
 * <ws>.before           never mounted; holds, each with its snapshots,
 *   <unix ms>           what <ws> was before a restore, one for each restore
 *   next                a restore under way
 * ```
 *
 * A restore's point of no return is the renaming of <ws> to <ws>.before/<ms>. Cut short before it, it is undone;
 * after it, it is finished: `settle` sees which by whether <ws> exists.
 */

const BUSY_MS_MAX = 15_000;

export interface KnownSnapshot extends Snapshot {
  /** The dataset that has it: the workspace, or one of its earlier states. */
  readonly dataset: string;
}

export interface History {
  readonly target: string;
  readonly exists: boolean;
  readonly hasBefore: boolean;
  /** Earlier states, oldest first. */
  readonly earlier: readonly string[];
  /** Oldest first, over all states. */
  readonly snapshots: readonly KnownSnapshot[];
  readonly origin: string;
  readonly refquotaBytes: number;
}

export function zfsHistory({ root, commands }: { root: string; commands: ZfsCommands }) {
  const { run, runUnlessBusy, properties } = commands;
  const beforeOf = (target: string) => `${target}.before`;
  const nextOf = (target: string) => `${beforeOf(target)}/next`;

  const settle = async (target: string, exists: boolean) => {
    const next = nextOf(target);
    await runUnlessBusy(exists ? ["zfs", "destroy", next] : ["zfs", "rename", next, target], BUSY_MS_MAX);
  };

  const readIfAny = async (target: string): Promise<History | undefined> => {
    const before = beforeOf(target);
    const wanted = ["creation", "createtxg", "origin", "refquota"] as const;
    const found = await properties([target, before], wanted, 2);
    if (found.has(nextOf(target))) {
      await settle(target, found.has(target));
      return readIfAny(target);
    }
    if (found.size === 0) {
      // A pool that is not imported looks just like a workspace that does not exist.
      if (!(await properties([root], ["type"])).has(root)) throw rootMissing(root);
      return undefined;
    }
    const earlier = [...found.keys()]
      .filter((name) => name.startsWith(`${before}/`) && !name.includes("@"))
      .sort((a, b) => stepMs(a) - stepMs(b));
    const snapshots = [...earlier, target].flatMap((dataset) =>
      [...found]
        .filter(([name]) => name.startsWith(`${dataset}@`))
        .sort(([, a], [, b]) => Number(a.createtxg) - Number(b.createtxg))
        .map(([name, { creation }]) => ({
          name: name.slice(dataset.length + 1),
          createdAtMs: Number(creation) * 1000,
          dataset,
        }))
        .filter((s) => SNAPSHOT_NAME.test(s.name)),
    );
    const now = found.get(target);
    return {
      target,
      exists: now !== undefined,
      hasBefore: found.has(before),
      earlier,
      snapshots,
      origin: now?.origin ?? "-",
      refquotaBytes: Number(now?.refquota ?? 0),
    };
  };

  return {
    beforeOf,
    nextOf,
    rootMissing: () => rootMissing(root),

    /** Afterwards no restore is under way. @param exists whether the workspace's dataset does */
    settle,

    /** Undefined when nothing of this workspace is there. */
    readIfAny,

    async read(ref: WorkspaceRef, target: string): Promise<History> {
      const known = await readIfAny(target);
      if (known?.exists !== true) throw workspaceMissing(ref);
      return known;
    },

    /** Was the last restore this very one? Then its caller did not hear that it was done. */
    wasLastRestore(known: History, source: KnownSnapshot, safetyName: string): boolean {
      const last = known.earlier.at(-1);
      const newest = known.snapshots.findLast((s) => s.dataset === last);
      return newest?.name === safetyName && known.origin === `${source.dataset}@${source.name}`;
    },

    /**
     * Afterwards what `makeNext` made is the workspace, and what it was is its newest earlier state.
     * The dataset must be unmounted.
     */
    async replace(known: History, nowMs: number, makeNext: (next: string) => Promise<void>): Promise<void> {
      const { target } = known;
      const newestMs = Math.max(0, ...known.earlier.map(stepMs));
      const aside = `${beforeOf(target)}/${Math.max(nowMs, newestMs + 1)}`;
      if (!known.hasBefore) {
        await run(["zfs", "create", "-o", "canmount=off", "-o", "mountpoint=none", beforeOf(target)]);
      }
      await makeNext(nextOf(target));
      try {
        await runUnlessBusy(["zfs", "rename", target, aside], BUSY_MS_MAX);
      } catch (error) {
        // Whether or not it was renamed in the end, the next reader settles it; usually it can be undone at once.
        if (isZfs(error, "busy")) await settle(target, true);
        throw error;
      }
      await settle(target, false);
    },

    /**
     * Frees what only an earlier state's files held, after its snapshot `gone` was deleted: nobody can reach them
     * any more. A state without snapshots goes altogether.
     */
    async trim(known: History, gone: KnownSnapshot): Promise<void> {
      const left = known.snapshots.filter((s) => s.dataset === gone.dataset && s.name !== gone.name);
      const newest = left.at(-1);
      if (newest === undefined) {
        await runUnlessBusy(["zfs", "destroy", "-r", gone.dataset], BUSY_MS_MAX);
      } else if (known.snapshots.indexOf(gone) > known.snapshots.indexOf(newest)) {
        await runUnlessBusy(["zfs", "rollback", `${gone.dataset}@${newest.name}`], BUSY_MS_MAX);
      }
    },

    /** A dataset outside of this workspace that is cloned from one of its snapshots. */
    async foreignClone(target: string): Promise<string | undefined> {
      // zfs-fuse has no `clones` property; file systems are few, their snapshots, which are many, are not listed.
      const listed = await run(["zfs", "list", "-H", "-r", "-t", "filesystem", "-o", "name,origin", root]);
      const ours = (name: string) => name === target || name.startsWith(`${beforeOf(target)}/`);
      for (const line of listed.split("\n")) {
        const [name, origin] = line.split("\t");
        const from = origin?.split("@")[0];
        if (name && from && ours(from) && !ours(name)) return name;
      }
      return undefined;
    },
  };
}

function stepMs(dataset: string): number {
  return Number(dataset.slice(dataset.lastIndexOf("/") + 1));
}

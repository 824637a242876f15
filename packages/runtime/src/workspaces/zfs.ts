import { chown, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { type Clock, systemClock, within } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import { exclusively } from "./lock.ts";
import {
  checkQuota,
  checkRef,
  checkSnapshotName,
  neededByClone,
  safetyNameTaken,
  snapshotMissing,
  workspaceMissing,
  workspaceTaken,
} from "./names.ts";
import type { WorkspaceRef, Workspaces } from "./port.ts";
import { zfsCheck } from "./zfs-check.ts";
import { isZfs, zfsCommands } from "./zfs-command.ts";
import { zfsHistory } from "./zfs-history.ts";
import { mountedAt, zfsRelease } from "./zfs-mount.ts";

export interface ZfsOptions {
  /** An existing dataset, `tank/medforge`; workspaces are `<root>/<user_id>/<workspace_id>`. */
  readonly root: string;
  readonly clock?: Clock;
}

const OWNER = 1000;
const BUSY_MS_MAX = 15_000;
const TOUCH_MS_MAX = 10_000;
const HIDDEN_BASE = "_base";
/** Good to have, unknown to zfs-fuse: tried with the first workspace, left out from then on if refused. */
const OPTIONAL = ["atime=off", "compression=lz4", "devices=off", "setuid=off", "xattr=sa"];

export function zfsWorkspaces({ root, clock = systemClock }: ZfsOptions): Workspaces {
  const { run, runUnlessBusy, properties } = zfsCommands(clock);
  const history = zfsHistory({ root, commands: { run, runUnlessBusy, properties } });
  const release = zfsRelease({ run, clock });
  let optional: readonly string[] = OPTIONAL;

  const dataset = (ref: WorkspaceRef): string => {
    checkRef(ref);
    return `${root}/${ref.userId}/${ref.workspaceId}`;
  };
  const alone = <T>(refs: readonly WorkspaceRef[], work: () => Promise<T>) => exclusively(clock, refs, work);

  /** Runs `zfs create` or `clone` with the optional properties, as far as this ZFS knows them. */
  const make = async (verb: readonly string[], quotaBytes: number, target: readonly string[]) => {
    for (;;) {
      const tried = optional;
      const options = [`refquota=${quotaBytes}`, ...tried].flatMap((option) => ["-o", option]);
      try {
        await run(["zfs", ...verb, ...options, ...target]);
        return;
      } catch (error) {
        if (!isZfs(error, "bad-property") || tried.length === 0) throw error;
        optional = [];
      }
    }
  };
  const makeUser = async (ref: WorkspaceRef) => {
    try {
      // Not `create -p`: it would also invent a root that was misspelt or is not imported.
      await run(["zfs", "create", `${root}/${ref.userId}`]);
    } catch (error) {
      if (!isZfs(error, "exists")) throw error;
    }
  };
  /** Of a user who has none yet: their dataset and the workspace's below it, in one command. */
  const makeWithUser = async (target: string, quotaBytes: number) => {
    try {
      // -p would also invent a root that is not there; whoever calls this has just seen it.
      await make(["create", "-p"], quotaBytes, [target]);
    } catch (error) {
      // Another workspace of the same user was faster to make what is above both.
      if (!isZfs(error, "exists")) throw error;
      await make(["create"], quotaBytes, [target]);
    }
  };
  const setQuota = async (target: string, quotaBytes: number) => {
    try {
      await run(["zfs", "set", `refquota=${quotaBytes}`, target]);
    } catch (error) {
      if (!isZfs(error, "no-space")) throw error;
      // Less than the files take already. They must stay reachable, so that their owner can delete some of them.
      const known = (await properties([target], ["referenced"])).get(target);
      await run(["zfs", "set", `refquota=${known?.referenced ?? quotaBytes}`, target]);
    }
  };
  /**
   * While a mounted clone has no snapshot of its own, zfs-fuse holds the dataset it came from, which then cannot be
   * renamed (`dataset is busy`): restoring the source would fail. Our snapshot's name is none that a person can give.
   */
  const detach = async (target: string) => {
    try {
      await run(["zfs", "snapshot", `${target}@${HIDDEN_BASE}`]);
    } catch (error) {
      if (!isZfs(error, "exists")) throw error;
    }
  };
  /** Afterwards the dataset is mounted at `path`, and its folder belongs to the user of the sessions. */
  const settle = async (target: string, path: string): Promise<string> => {
    if (!mountedAt(target, path)) await mountWithParents(target);
    if (!mountedAt(target, path)) {
      throw new MachineError(
        "broken",
        `ZFS says that ${target} is mounted, but it is not to be seen at ${path}`,
        "Run MedForge in the host's own mount namespace, and give datasets no mountpoint of their own.",
      );
    }
    // Never the synchronous calls: a file system that hangs would stop the whole process with them.
    await within(clock, TOUCH_MS_MAX, `looking at ${path}`, async () => {
      const { uid, gid } = await stat(path);
      if (uid !== OWNER || gid !== OWNER) await chown(path, OWNER, OWNER);
    });
    return path;
  };
  const mountWithParents = async (target: string) => {
    const user = dirname(target);
    for (const each of [root, user, target]) {
      if (mountedAt(each)) continue;
      try {
        await run(["zfs", "mount", each]);
      } catch (error) {
        if (!isZfs(error, "mounted")) throw error;
      }
    }
  };
  const folder = (mountpoint: string, ref: WorkspaceRef): string => {
    if (mountpoint.startsWith("/")) return `${mountpoint}/${ref.userId}/${ref.workspaceId}`;
    throw new MachineError(
      "broken",
      `The root dataset ${root} has no mountpoint (${mountpoint})`,
      `Give it one: \`zfs set mountpoint=/medforge ${root}\`.`,
    );
  };

  return {
    check: zfsCheck({ root, commands: { run, runUnlessBusy, properties } }),

    async ensure(ref, quotaBytes) {
      const target = dataset(ref);
      checkQuota(quotaBytes);
      return alone([ref], async () => {
        // One look at everything that matters: each `zfs` costs the start of a session some 7 ms.
        const user = `${root}/${ref.userId}`;
        const next = history.nextOf(target);
        const found = await properties([root, user, target, next], ["mountpoint", "refquota"]);
        const top = found.get(root);
        if (top === undefined) throw history.rootMissing();
        if (found.has(next)) await history.settle(target, found.has(target));
        const known = found.get(target) ?? found.get(next);
        if (known === undefined) {
          if (found.has(user)) await make(["create"], quotaBytes, [target]);
          else await makeWithUser(target, quotaBytes);
        } else if (known.refquota !== String(quotaBytes)) await setQuota(target, quotaBytes);
        return settle(target, folder(top.mountpoint, ref));
      });
    },

    async usage(ref) {
      const target = dataset(ref);
      const before = history.beforeOf(target);
      const look = () => properties([target, before], ["used", "referenced", "refquota"]);
      let found = await look();
      if (!found.has(target)) {
        // A restore that was cut short leaves it like this until someone settles it.
        await alone([ref], () => history.read(ref, target));
        found = await look();
      }
      const now = found.get(target);
      if (now === undefined) throw workspaceMissing(ref);
      const usedBytes = Number(now.referenced);
      const allBytes = Number(now.used) + Number(found.get(before)?.used ?? 0);
      const snapshotBytes = Math.max(0, allBytes - usedBytes);
      return { usedBytes, snapshotBytes, quotaBytes: Number(now.refquota) };
    },

    async snapshot(ref, name) {
      const target = dataset(ref);
      checkSnapshotName(name);
      return alone([ref], async () => {
        const { snapshots } = await history.read(ref, target);
        if (snapshots.some((s) => s.name === name)) return;
        await run(["zfs", "snapshot", `${target}@${name}`]);
      });
    },

    async snapshots(ref) {
      const target = dataset(ref);
      return alone([ref], async () => {
        const { snapshots } = await history.read(ref, target);
        return snapshots.map(({ name, createdAtMs }) => ({ name, createdAtMs }));
      });
    },

    async deleteSnapshot(ref, name) {
      const target = dataset(ref);
      checkSnapshotName(name);
      return alone([ref], async () => {
        const known = await history.readIfAny(target);
        const doomed = known?.snapshots.find((s) => s.name === name);
        if (known === undefined || doomed === undefined) return;
        await runUnlessBusy(["zfs", "destroy", `${doomed.dataset}@${name}`], BUSY_MS_MAX);
        if (doomed.dataset !== target) await history.trim(known, doomed);
      });
    },

    async restore(ref, name, safetyName) {
      const target = dataset(ref);
      checkSnapshotName(name);
      checkSnapshotName(safetyName);
      return alone([ref], async () => {
        const known = await history.read(ref, target);
        const source = known.snapshots.find((s) => s.name === name);
        if (source === undefined) throw snapshotMissing(ref, name);
        if (known.snapshots.some((s) => s.name === safetyName)) {
          if (history.wasLastRestore(known, source, safetyName)) return;
          throw safetyNameTaken(safetyName);
        }
        const remount = await release(target);
        try {
          await run(["zfs", "snapshot", `${target}@${safetyName}`]);
          const cloneTo = (next: string) =>
            make(["clone"], known.refquotaBytes, [`${source.dataset}@${name}`, next]);
          await history.replace(known, clock.now(), cloneTo);
        } finally {
          await remount();
        }
      });
    },

    async clone(ref, name, into, quotaBytes) {
      const source = dataset(ref);
      const target = dataset(into);
      checkSnapshotName(name);
      checkQuota(quotaBytes);
      return alone([ref, into], async () => {
        const known = await history.read(ref, source);
        const snapshot = known.snapshots.find((s) => s.name === name);
        if (snapshot === undefined) throw snapshotMissing(ref, name);
        const origin = `${snapshot.dataset}@${name}`;
        const user = `${root}/${into.userId}`;
        const found = await properties([root, user, target], ["mountpoint", "origin", "refquota"]);
        const taken = found.get(target);
        if (taken === undefined) {
          if (!found.has(user)) await makeUser(into);
          await make(["clone"], quotaBytes, [origin, target]);
        } else if (taken.origin !== origin) throw workspaceTaken(into);
        else if (taken.refquota !== String(quotaBytes)) await setQuota(target, quotaBytes);
        await detach(target);
        await settle(target, folder(found.get(root)?.mountpoint ?? "", into));
      });
    },

    async destroy(ref) {
      const target = dataset(ref);
      return alone([ref], async () => {
        const known = await history.readIfAny(target);
        if (known === undefined) return;
        const clone = await history.foreignClone(target);
        if (clone !== undefined) throw neededByClone(`Workspace ${ref.workspaceId}`, `dataset ${clone}`);
        // `destroy -r` deletes the snapshots first and finds out that it may not go on afterwards: so look before.
        if (known.exists) {
          const remount = await release(target);
          try {
            await runUnlessBusy(["zfs", "destroy", "-r", target], BUSY_MS_MAX);
          } finally {
            await remount();
          }
        }
        if (known.hasBefore)
          await runUnlessBusy(["zfs", "destroy", "-r", history.beforeOf(target)], BUSY_MS_MAX);
      });
    },
  };
}

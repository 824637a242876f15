import { existsSync } from "node:fs";
import {
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";

import { command } from "../command.ts";
import { type Clock, systemClock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import { directorySettle, type Places, places, safetyFolder } from "./directory-settle.ts";
import { refuseFolderInUse } from "./directory-use.ts";
import { exclusively } from "./lock.ts";
import {
  checkQuota,
  checkRef,
  checkSnapshotName,
  safetyNameTaken,
  snapshotMissing,
  workspaceMissing,
  workspaceTaken,
} from "./names.ts";
import { SNAPSHOT_NAME, type Snapshot, type WorkspaceRef, type Workspaces } from "./port.ts";

/** For hosts without ZFS: folders, and snapshots as copies. Quotas are remembered but not enforced. */
export interface DirectoryOptions {
  /** An existing folder. */
  readonly root: string;
  readonly clock?: Clock;
  /** Copying and counting take as long as there are files. */
  readonly copyMsMax?: number;
}

const OWNER = 1000;

export function directoryWorkspaces(options: DirectoryOptions): Workspaces {
  const { root, clock = systemClock, copyMsMax = 600_000 } = options;

  /** Runs `work` alone, after whatever a crash cut short has been undone or finished. */
  const alone = <T>(refs: readonly WorkspaceRef[], work: () => Promise<T>): Promise<T> =>
    exclusively(clock, refs, async () => {
      if (!existsSync(root)) throw rootMissing(root);
      for (const ref of refs) await directorySettle(places(root, ref));
      return work();
    });
  const at = (ref: WorkspaceRef): Places => {
    checkRef(ref);
    return places(root, ref);
  };
  const existing = (ref: WorkspaceRef, at: Places): void => {
    if (!existsSync(at.files)) throw workspaceMissing(ref);
  };

  const list = async (at: Places): Promise<Snapshot[]> => {
    const names = (await readdir(at.history).catch(() => [])).filter((name) => SNAPSHOT_NAME.test(name));
    const snapshots = await Promise.all(
      names.map(async (name) => ({ name, createdAtMs: Math.round((await stat(at.snapshot(name))).mtimeMs) })),
    );
    return snapshots.sort((a, b) => a.createdAtMs - b.createdAtMs);
  };
  /** Makes a finished `<folder>/files` appear as the newest snapshot. */
  const publish = async (at: Places, folder: string, name: string) => {
    const newestMs = (await list(at)).at(-1)?.createdAtMs ?? 0;
    const ms = Math.max(clock.now(), newestMs + 1);
    await utimes(folder, ms / 1000, ms / 1000);
    await rename(folder, at.snapshot(name));
  };
  const copy = async (from: string, into: string) => {
    const argv = ["cp", "-a", "--reflink=auto", "--", from, into];
    const { exitCode, stderr } = await command(argv, { deadlineMs: copyMsMax });
    if (exitCode === 0) return;
    const full = /No space left|quota exceeded/i.test(stderr);
    throw new MachineError(
      full ? "full" : "broken",
      `Copying ${from} failed: ${stderr.trim()}`,
      full ? "Delete files or snapshots, or add disk space." : "Look at the disk and its permissions.",
    );
  };
  const sizeOf = async (folder: string): Promise<number> => {
    if (!existsSync(folder)) return 0;
    const { exitCode, stdout, stderr } = await command(["du", "-s", "-B1", "--", folder], {
      deadlineMs: copyMsMax,
    });
    const bytes = Number(stdout.split("\t")[0]);
    // Files that vanish while they are counted make `du` complain; the number is there all the same.
    if (stdout !== "" && Number.isFinite(bytes)) return bytes;
    throw new MachineError("broken", `du ended with ${exitCode}: ${stderr.trim()}`, "Look at the disk.");
  };
  const setQuota = (at: Places, quotaBytes: number) => writeFile(at.quota, `${quotaBytes}\n`);

  return {
    async check() {
      if (!existsSync(root)) throw rootMissing(root);
      const { bavail, blocks, bsize } = await statfs(root);
      return {
        kind: "directory",
        version: "directory",
        healthy: true,
        problem: "",
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        enforcesQuota: false,
      };
    },

    async ensure(ref, quotaBytes) {
      const place = at(ref);
      checkQuota(quotaBytes);
      return alone([ref], async () => {
        await mkdir(place.history, { recursive: true });
        await setQuota(place, quotaBytes);
        await mkdir(place.files, { recursive: true });
        await own(place.files);
        return place.files;
      });
    },

    async usage(ref) {
      const place = at(ref);
      return alone([ref], async () => {
        existing(ref, place);
        const [usedBytes, snapshotBytes] = await Promise.all([sizeOf(place.files), sizeOf(place.history)]);
        return { usedBytes, snapshotBytes, quotaBytes: Number(await readFile(place.quota, "utf8")) };
      });
    },

    async snapshot(ref, name) {
      const place = at(ref);
      checkSnapshotName(name);
      return alone([ref], async () => {
        existing(ref, place);
        if (existsSync(place.snapshot(name))) return;
        await mkdir(place.copying, { recursive: true });
        await copy(place.files, join(place.copying, "files"));
        await publish(place, place.copying, name);
      });
    },

    async snapshots(ref) {
      const place = at(ref);
      return alone([ref], async () => {
        existing(ref, place);
        return list(place);
      });
    },

    async deleteSnapshot(ref, name) {
      const place = at(ref);
      checkSnapshotName(name);
      return alone([ref], async () => {
        if (!existsSync(place.snapshot(name))) return;
        // Renamed first: a snapshot is there whole or not at all.
        await rename(place.snapshot(name), place.copying);
        await rm(place.copying, { recursive: true });
      });
    },

    async restore(ref, name, safetyName) {
      const place = at(ref);
      checkSnapshotName(name);
      checkSnapshotName(safetyName);
      return alone([ref], async () => {
        existing(ref, place);
        if (!existsSync(place.snapshot(name))) throw snapshotMissing(ref, name);
        const thisOne = `${name} ${safetyName}`;
        if (existsSync(place.snapshot(safetyName))) {
          const last = await readFile(place.lastRestore, "utf8").catch(() => "");
          if (last === thisOne) return;
          throw safetyNameTaken(safetyName);
        }
        refuseFolderInUse(place.files);
        await mkdir(place.copying);
        await copy(join(place.snapshot(name), "files"), join(place.copying, "files"));
        await writeFile(place.lastRestore, thisOne);
        const newestMs = (await list(place)).at(-1)?.createdAtMs ?? 0;
        const safety = safetyFolder(safetyName, Math.max(clock.now(), newestMs + 1));
        await mkdir(join(place.copying, safety));
        // From here on it can be finished; from the move of the files on it will be.
        await rename(place.copying, place.restoring);
        refuseFolderInUse(place.files);
        await rename(place.files, join(place.restoring, safety, "files"));
        await directorySettle(place);
      });
    },

    async clone(ref, name, into, quotaBytes) {
      const source = at(ref);
      const place = at(into);
      checkSnapshotName(name);
      checkQuota(quotaBytes);
      return alone([ref, into], async () => {
        existing(ref, source);
        if (!existsSync(source.snapshot(name))) throw snapshotMissing(ref, name);
        const origin = `${ref.workspaceId}@${name}`;
        if (existsSync(place.files)) {
          if ((await readFile(place.origin, "utf8").catch(() => "")) !== origin) throw workspaceTaken(into);
          return setQuota(place, quotaBytes);
        }
        await mkdir(place.copying, { recursive: true });
        await copy(join(source.snapshot(name), "files"), join(place.copying, "files"));
        await writeFile(place.origin, origin);
        await setQuota(place, quotaBytes);
        await own(join(place.copying, "files"));
        await rename(join(place.copying, "files"), place.files);
        await rm(place.copying, { recursive: true });
      });
    },

    async destroy(ref) {
      const place = at(ref);
      return alone([ref], async () => {
        if (!existsSync(place.files)) return;
        refuseFolderInUse(place.files);
        await mkdir(place.history, { recursive: true });
        await rename(place.files, place.destroyed);
        await directorySettle(place);
      });
    },
  };
}

async function own(folder: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  if (uid === OWNER && gid === OWNER) return;
  try {
    await chown(folder, OWNER, OWNER);
  } catch (cause) {
    throw new MachineError(
      "refused",
      `${folder} cannot be given to user ${OWNER}`,
      "Run MedForge as root: the sessions' files belong to user 1000.",
      cause,
    );
  }
}

function rootMissing(root: string): MachineError {
  return new MachineError(
    "unreachable",
    `The workspaces' folder ${root} is not there`,
    `Mount its disk, or create it: \`mkdir -p ${root}\`.`,
  );
}

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

import { adoptOrStart, type RunningDaemon } from "./daemon.ts";
import type { Places } from "./places.ts";
import { findProgram } from "./programs.ts";

export interface Pool {
  /** For WORKSPACE_ZFS_ROOT: `<pool>/workspaces`. */
  readonly root: string;
  readonly pool: string;
  /** `OpenZFS` or `zfs-fuse`. */
  readonly by: string;
  /** The zfs-fuse that we started or adopted; the kernel's ZFS has none. */
  readonly daemon: RunningDaemon | undefined;
  /** Afterwards the pool is exported and a daemon of ours has ended. */
  stop(): Promise<void>;
}

export interface PoolOptions {
  /** The image is sparse: it takes what is written. Default 20 GiB; changed only while there is no image. */
  readonly sizeBytes?: number;
}

const SIZE_BYTES = 20 * 1024 ** 3;
const ZFS_MS = 60_000;

/** True when ZFS can be used here: tools, and a kernel module or zfs-fuse. */
export function zfsInstalled(): boolean {
  if (!findProgram("zpool") || !findProgram("zfs")) return false;
  return existsSync("/dev/zfs") || findProgram("zfs-fuse") !== undefined;
}

/**
 * Afterwards a file-backed pool of our own is imported and has a dataset for workspaces.
 * @throws MachineError `broken` when ZFS is not installed or does not work
 */
export async function ensurePool(at: Places, options: PoolOptions = {}): Promise<Pool> {
  if (!zfsInstalled()) {
    throw new MachineError("broken", "ZFS is not installed", "Install it: apt-get install zfs-fuse");
  }
  const folder = join(at.state, "zfs");
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const daemon = existsSync("/dev/zfs") ? undefined : await ensureZfsFuse(at);
  if (daemon?.adopted === false) await dropDeadMounts(join(folder, "mnt"));
  const pool = await importOrCreate(folder, options.sizeBytes ?? SIZE_BYTES);
  const root = `${pool}/workspaces`;
  await homeMounts(pool, join(folder, "mnt"));
  if ((await tryZfs("zfs", "list", "-H", "-o", "name", root)).exitCode !== 0)
    await zfs("zfs", "create", root);
  if ((await zfs("zfs", "get", "-H", "-o", "value", "mounted", root)).trim() !== "yes") {
    await zfs("zfs", "mount", root);
  }
  const stop = async () => {
    await exportPool(pool);
    await daemon?.stop();
  };
  return { root, pool, by: existsSync("/dev/zfs") ? "OpenZFS" : "zfs-fuse", daemon, stop };
}

/** Afterwards this checkout's pool is exported, if it was imported. @throws MachineError when it is in use */
export async function closePool(at: Places): Promise<void> {
  const nameFile = join(at.state, "zfs", "pool.name");
  if (!existsSync(nameFile) || !zfsInstalled()) return;
  const name = readFileSync(nameFile, "utf8").trim();
  if ((await ownerOf(name)) === join(at.state, "zfs", "pool.img")) await exportPool(name);
}

/** There is one zfs-fuse on a host, at a fixed socket: one that someone else runs is used, never stopped. */
async function ensureZfsFuse(at: Places): Promise<RunningDaemon | undefined> {
  const program = findProgram("zfs-fuse") ?? "zfs-fuse";
  const pidFile = join(at.sockets, "zfs-fuse.pid");
  const answers = async () => (await tryZfs("zpool", "list", "-H")).exitCode === 0;
  if (!existsSync(pidFile) && (await answers())) return undefined;
  // Its socket's and lock's folders are the package's init script's to make; without an init they are missing.
  for (const needed of ["/var/run/zfs", "/var/lock/zfs", "/var/lib/zfs"])
    mkdirSync(needed, { recursive: true });
  return adoptOrStart({
    name: "zfs-fuse",
    argv: [program, "--no-daemon", "--no-kstat-mount", "--pidfile", join(at.sockets, "zfs-fuse.own.pid")],
    pidFile,
    logFile: join(at.log, "zfs-fuse.log"),
    ready: answers,
    startMsMax: 20_000,
    stopMsMax: 20_000,
  });
}

async function importOrCreate(folder: string, sizeBytes: number): Promise<string> {
  const image = join(folder, "pool.img");
  const nameFile = join(folder, "pool.name");
  if (existsSync(nameFile)) {
    const name = readFileSync(nameFile, "utf8").trim();
    if ((await ownerOf(name)) !== image)
      await zfs("zpool", "import", "-d", folder, "-o", "cachefile=none", name);
    return name;
  }
  const taken = (await tryZfs("zpool", "list", "-H", "-o", "name", "medforge")).exitCode === 0;
  const name = taken
    ? `medforge-${createHash("sha256").update(folder).digest("hex").slice(0, 8)}`
    : "medforge";
  writeFileSync(image, "", { mode: 0o600 });
  truncateSync(image, sizeBytes);
  await zfs("zpool", "create", "-f", "-o", "cachefile=none", "-m", join(folder, "mnt"), name, image);
  // Written last: without it, a later run makes the pool anew, and nothing of anyone's was in it.
  writeFileSync(nameFile, `${name}\n`);
  return name;
}

/** The file behind an imported pool of this name, or undefined. */
async function ownerOf(pool: string): Promise<string | undefined> {
  const status = await tryZfs("zpool", "status", pool);
  return status.exitCode === 0 ? status.stdout.match(/^\s+(\/\S+)\s+[A-Z]+\s/m)?.[1] : undefined;
}

/** A zfs-fuse that was killed leaves mounts that answer nothing and stand in the way of the new one's. */
async function dropDeadMounts(below: string): Promise<void> {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const dead = mounts
    .map((line) => line.split(" "))
    .filter(([, at = "", type]) => type === "fuse.zfs" && (at === below || at.startsWith(`${below}/`)))
    .map(([, at = ""]) => at);
  // Deepest first; lazily, because a container may still hold them.
  for (const at of dead.sort().reverse()) await command(["umount", "--lazy", at]);
}

/** The checkout may have been moved since the pool was made. */
async function homeMounts(pool: string, mountpoint: string): Promise<void> {
  const now = (await zfs("zfs", "get", "-H", "-o", "value", "mountpoint", pool)).trim();
  if (now !== mountpoint) await zfs("zfs", "set", `mountpoint=${mountpoint}`, pool);
}

/** Just after an unmount a pool is busy for a moment. */
async function exportPool(pool: string): Promise<void> {
  for (let left = 20; ; left--) {
    const result = await tryZfs("zpool", "export", pool);
    if (result.exitCode === 0 || /no such pool/.test(result.stderr)) return;
    if (left === 0) throw failed(["zpool", "export", pool], result.stderr);
    await Bun.sleep(100);
  }
}

async function tryZfs(program: "zfs" | "zpool", ...rest: readonly string[]) {
  return command([findProgram(program) ?? program, ...rest], { deadlineMs: ZFS_MS });
}

async function zfs(program: "zfs" | "zpool", ...rest: readonly string[]): Promise<string> {
  const result = await tryZfs(program, ...rest);
  if (result.exitCode !== 0) throw failed([program, ...rest], result.stderr);
  return result.stdout;
}

function failed(argv: readonly string[], stderr: string): MachineError {
  return new MachineError("broken", `\`${argv.join(" ")}\`: ${stderr.trim()}`, "Look at `zpool status`.");
}

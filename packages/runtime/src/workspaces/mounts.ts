import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Who has which files mounted or open, as the kernel tells it in /proc (proc(5), "mountinfo"). */

export interface Mount {
  /** `major:minor` of the file system; a bind mount has the one of what it shows. */
  readonly device: string;
  /** Which folder of the file system it shows. */
  readonly root: string;
  readonly point: string;
  /** For ZFS the dataset, as it was called when it was mounted. */
  readonly source: string;
  /** Shared with, or a slave of, other mounts: an unmount elsewhere may end this one too. */
  readonly propagates: boolean;
}

export interface ForeignMount extends Mount {
  /** One of the processes that see it. */
  readonly pid: number;
  /** False when only other mount namespaces see it: a container, for example. */
  readonly here: boolean;
}

export function parseMounts(mountinfo: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    // A variable number of optional fields ends with a lone hyphen; then come type and source.
    const hyphen = fields.indexOf("-", 6);
    const [, , device, root, point] = fields;
    const source = fields[hyphen + 2];
    if (hyphen < 0 || !device || !root || !point || source === undefined) continue;
    const propagates = fields.slice(6, hyphen).some((tag) => /^(shared|master):/.test(tag));
    mounts.push({ device, root: plain(root), point: plain(point), source: plain(source), propagates });
  }
  return mounts;
}

/** Space, tab, newline and backslash are written as octal escapes. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Mounts of our own namespace, oldest first. */
export function mountsHere(): Mount[] {
  return parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** Every mount of every mount namespace that a process lives in; each namespace is read once. */
export function mountsEverywhere(): ForeignMount[] {
  const own = readlinkSync("/proc/self/ns/mnt");
  const seen = new Set<string>();
  const mounts: ForeignMount[] = [];
  for (const pid of pids()) {
    const namespace = unlessGone(() => readlinkSync(`/proc/${pid}/ns/mnt`));
    if (namespace === undefined || seen.has(namespace)) continue;
    const mountinfo = unlessGone(() => readFileSync(`/proc/${pid}/mountinfo`, "utf8"));
    if (mountinfo === undefined || mountinfo === "") continue;
    seen.add(namespace);
    for (const mount of parseMounts(mountinfo)) mounts.push({ ...mount, pid, here: namespace === own });
  }
  return mounts;
}

/** The first process that works in this folder or has a file of it open, through a path that we see too. */
export function processUsing(folder: string): number | undefined {
  const inside = (path: string | undefined) => path === folder || path?.startsWith(`${folder}/`) === true;
  for (const pid of pids()) {
    if (inside(unlessGone(() => readlinkSync(`/proc/${pid}/cwd`)))) return pid;
    for (const fd of unlessGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      if (inside(unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`)))) return pid;
    }
  }
  return undefined;
}

/** "process 4711 (sshd)", for messages. */
export function processName(pid: number): string {
  const name = unlessGone(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
  return name === undefined ? `process ${pid}` : `process ${pid} (${name})`;
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes come and go while we look, and a zombie's files cannot be read. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

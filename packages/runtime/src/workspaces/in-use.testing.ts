import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { command, type Daemon, startDaemon } from "../command.ts";
import { systemClock, within } from "../deadline.ts";
import { parseMounts } from "./mounts.ts";

/** Ways to use a workspace as the world does, for tests. Each returns what ends the use. */

/** As a container: bound at another place, in a mount namespace of its own that no longer sees the original. */
export async function bindElsewhere(path: string): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "medforge-bind-"));
  const point = join(folder, "workspace");
  mkdirSync(point);
  const script = 'mount --bind "$1" "$2" && { umount -n "$1" 2>/dev/null; cd / && exec sleep 600; }';
  const end = await inNamespace(folder, script, [path, point]);
  return async () => {
    await end();
    rmSync(folder, { recursive: true });
  };
}

/** As a service with private mounts that was started after the workspace was mounted. */
export async function copyNamespace(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "medforge-copy-"));
  const end = await inNamespace(folder, 'mount -t tmpfs tmpfs "$1" && cd / && exec sleep 600', [folder]);
  return async () => {
    await end();
    rmSync(folder, { recursive: true });
  };
}

/** As a person with a shell in it. */
export async function workInside(path: string): Promise<() => Promise<void>> {
  return ending(startDaemon(["sleep", "600"], { logFile: "/dev/null", cwd: path }));
}

async function inNamespace(folder: string, script: string, args: string[]): Promise<() => Promise<void>> {
  const argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", ...args];
  const process = startDaemon(argv, { logFile: `${folder}.log` });
  const point = args.at(-1) ?? "";
  const mounted = () => {
    const file = `/proc/${process.pid}/mountinfo`;
    return existsSync(file) && parseMounts(readFileSync(file, "utf8")).some((m) => m.point === point);
  };
  await within(systemClock, 10_000, "the test's own mount", async (signal) => {
    while (!mounted() || (await nameOf(process)) !== "sleep") {
      if (signal.aborted) return;
      await Bun.sleep(10);
    }
  });
  const end = ending(process);
  return async () => {
    await end();
    rmSync(`${folder}.log`);
  };
}

async function nameOf({ pid }: Daemon): Promise<string> {
  return (await command(["cat", `/proc/${pid}/comm`])).stdout.trim();
}

function ending(process: Daemon): () => Promise<void> {
  return async () => {
    process.kill("SIGKILL");
    await process.exited;
  };
}

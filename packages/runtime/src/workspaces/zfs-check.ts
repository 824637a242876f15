import { MachineError } from "../errors.ts";
import type { WorkspaceStore } from "./port.ts";
import type { ZfsCommands } from "./zfs-command.ts";
import { mountedAt } from "./zfs-mount.ts";

/** @throws MachineError `unreachable` when ZFS does not answer or the root dataset is not there */
export function zfsCheck({ root, commands }: { root: string; commands: ZfsCommands }) {
  const { run, properties } = commands;
  let version: string | undefined;
  return async (): Promise<WorkspaceStore> => {
    version ??= await versionOf(run);
    const pool = root.split("/")[0] ?? root;
    const health = (await run(["zpool", "list", "-H", "-o", "health", pool])).trim();
    const facts = (await properties([root], ["used", "available", "mountpoint"])).get(root);
    if (facts === undefined) throw rootMissing(root);
    const problems = [
      health === "ONLINE" ? "" : `The pool ${pool} is ${health}: look at \`zpool status ${pool}\`.`,
      facts.mountpoint.startsWith("/") ? "" : `The root dataset ${root} has no mountpoint.`,
      !facts.mountpoint.startsWith("/") || mountedAt(root)
        ? ""
        : `The root dataset ${root} is not mounted: run \`zfs mount ${root}\`.`,
    ].filter((problem) => problem !== "");
    const freeBytes = Number(facts.available);
    return {
      kind: "zfs",
      version,
      healthy: problems.length === 0,
      problem: problems.join(" "),
      freeBytes,
      totalBytes: freeBytes + Number(facts.used),
      enforcesQuota: true,
    };
  };
}

export function rootMissing(root: string): MachineError {
  return new MachineError(
    "unreachable",
    `The workspaces' root dataset ${root} is not there`,
    `Import its pool (\`zpool import ${root.split("/")[0]}\`), or create it (\`zfs create -p ${root}\`).`,
  );
}

async function versionOf(run: ZfsCommands["run"]): Promise<string> {
  try {
    const stdout = await run(["zfs", "version"]);
    return `OpenZFS ${/zfs-(?:kmod-)?(\d[^\s]*)/.exec(stdout)?.[1] ?? stdout.trim()}`;
  } catch (error) {
    if (error instanceof MachineError && error.fault !== "refused") throw error;
    // zfs-fuse does not know the word; it says which pools it can read.
    const pools = /pool version (\d+)/.exec(await run(["zpool", "upgrade", "-v"]))?.[1];
    return `zfs-fuse${pools === undefined ? "" : ` (pool version ${pools})`}`;
  }
}

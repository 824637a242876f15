import type { WorkspaceStore } from "@medforge/runtime/workspaces/port";

import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

/** ZFS becomes slow, then stuck, when it is nearly full. */
const FREE_SHARE_MIN = 0.1;
const GIB = 1024 ** 3;

export function storageFinding(store: Asked<WorkspaceStore>): Finding {
  const name = "workspaces";
  if (!("value" in store)) {
    return {
      code: "MF-ZFS-1",
      name,
      version: "",
      level: "bad",
      says: `do not answer: ${store.problem}`,
      remedy: store.remedy ?? "Start them with `./medforge up`, or look at WORKSPACE_ZFS_ROOT.",
    };
  }
  const { version, healthy, problem, freeBytes, totalBytes, enforcesQuota } = store.value;
  const space = `${(freeBytes / GIB).toFixed(1)} of ${(totalBytes / GIB).toFixed(1)} GiB free`;
  const finding = (code: string, level: Finding["level"], says: string, remedy: string): Finding => {
    return { code, name, version, level, says, remedy };
  };
  if (!healthy) return finding("MF-ZFS-2", "bad", problem, "Look at `zpool status`, and at the disks.");
  if (freeBytes < FREE_SHARE_MIN * totalBytes) {
    return finding(
      "MF-ZFS-3",
      "bad",
      `${space}: too little`,
      "Delete snapshots or workspaces, or add a disk.",
    );
  }
  if (!enforcesQuota) {
    const remedy = "Install ZFS (`./medforge up --install`) before many people use it.";
    return finding("MF-ZFS-4", "warn", `${space}; nothing stops one user from taking it all`, remedy);
  }
  return finding("MF-ZFS-0", "ok", `healthy, ${space}`, "");
}

export async function checkStorage({ workspaces }: Deps): Promise<Finding[]> {
  return [storageFinding(await ask("the workspaces", () => workspaces.check()))];
}

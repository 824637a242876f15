import { compareInventory, type RegisteredGpu } from "@medforge/runtime/gpus/inventory";
import type { GpuDevice } from "@medforge/runtime/gpus/port";

import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

export interface GpuFacts {
  readonly kind: string;
  readonly seen: readonly GpuDevice[];
  readonly registered: readonly (RegisteredGpu & { readonly orphanSlug: string | null })[];
}

/** What the machine shows against what is registered; every difference by name. */
export function gpuFindings(facts: Asked<GpuFacts>): Finding[] {
  const name = "gpus";
  if (!("value" in facts)) {
    const remedy = facts.remedy ?? "Look at `nvidia-smi`.";
    return [{ code: "MF-GPU-1", name, version: "", level: "bad", says: facts.problem, remedy }];
  }
  const { kind, seen, registered } = facts.value;
  const { unregistered, missing, changed } = compareInventory(registered, seen);
  const finding = (code: string, level: Finding["level"], says: string, remedy: string): Finding => {
    return { code, name, version: kind, level, says, remedy };
  };
  const troubles = [
    ...missing.map(({ uuid }) =>
      finding(
        "MF-GPU-2",
        "bad",
        `${uuid} is registered and not seen`,
        "Look at `dmesg`; or `./medforge gpu disable` it.",
      ),
    ),
    ...changed.map(({ was, how }) =>
      finding(
        "MF-GPU-3",
        "bad",
        `${was.uuid}: ${how}`,
        `Make sure it is that device, or \`./medforge gpu disable ${was.uuid}\`.`,
      ),
    ),
    ...unregistered.map(({ uuid }) =>
      finding(
        "MF-GPU-4",
        "warn",
        `${uuid} is seen and not registered`,
        "Run `./medforge up`: it registers new ones.",
      ),
    ),
    ...registered.flatMap(({ uuid, orphanSlug }) =>
      orphanSlug === null
        ? []
        : [
            finding(
              "MF-GPU-5",
              "warn",
              `${uuid} is held by mf-session-${orphanSlug}, which has no row`,
              "Look at that container; an admin removes it.",
            ),
          ],
    ),
  ];
  if (troubles.length > 0) return troubles;
  if (seen.length > 0)
    return [finding("MF-GPU-0", "ok", `${seen.length} seen, ${registered.length} registered`, "")];
  return [
    finding(
      "MF-GPU-6",
      "bad",
      "there is none",
      "Install the driver, or `./medforge up --gpus <n>` for simulated ones.",
    ),
  ];
}

export async function checkGpus({ db, gpus }: Deps): Promise<Finding[]> {
  const facts = await ask("the GPUs", async () => ({
    kind: gpus.kind,
    seen: await gpus.list(),
    registered: await db.gpus.withHolders(),
  }));
  return gpuFindings(facts);
}

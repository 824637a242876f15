import type { GpuWithHolder } from "@medforge/db/queries/gpus";

import { withBook } from "../book.ts";
import { table } from "../progress.ts";
import { note } from "../users.ts";
import { type Input, subverb, UsageError, type Verb } from "../verb.ts";

export const gpu: Verb = {
  name: "gpu",
  summary: "Lists the registered GPUs, gives them out or holds them back.",
  forms: ["list", "enable <uuid>", "disable <uuid>"],
  options: {},
  run: (input) =>
    subverb("gpu", input, {
      list,
      enable: (given) => set(given, true),
      disable: (given) => set(given, false),
    }),
};

async function list(): Promise<number> {
  return withBook(async ({ db }) => {
    const rows = (await db.gpus.withHolders()).map((one) => [
      one.uuid,
      one.name,
      one.memoryMib === null ? "" : `${one.memoryMib} MiB`,
      gpuState(one),
    ]);
    console.log(table([["UUID", "NAME", "MEMORY", "STATE"], ...rows]));
    return 0;
  });
}

export function gpuState(one: GpuWithHolder): string {
  if (one.orphanSlug !== null) return `held by the orphan mf-session-${one.orphanSlug}`;
  const use = one.holderSessionId === null ? "free" : `in use by ${one.holderSessionId}`;
  if (!one.present) return `missing, ${use}`;
  return one.enabled ? use : `disabled, ${use}`;
}

async function set({ positionals: [uuid] }: Input, enabled: boolean): Promise<number> {
  if (uuid === undefined) throw new UsageError("Name the GPU's UUID; `./medforge gpu list` lists them.");
  return withBook(async (deps) => {
    const found = (await deps.db.gpus.withHolders()).find((one) => one.uuid === uuid);
    if (found === undefined)
      throw new UsageError(`There is no GPU ${uuid}; \`./medforge gpu list\` lists them.`);
    await deps.db.gpus.update(found.id, { enabled });
    await note(deps, "admin.gpu.update", found.id, { enabled });
    const running = found.holderSessionId === null || enabled ? "" : "; the session on it goes on";
    console.log(`${uuid} is ${enabled ? "given out" : "held back"}${running}.`);
    return 0;
  });
}

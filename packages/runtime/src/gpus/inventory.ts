import type { GpuDevice } from "./port.ts";

export interface RegisteredGpu {
  readonly uuid: string;
  readonly name: string;
  readonly memoryMib: number | null;
}

/** What the book says against what the machine shows. Nothing is ever replaced silently: each device is in one list. */
export interface Inventory<R extends RegisteredGpu> {
  /** Seen, and not in the book. */
  readonly unregistered: readonly GpuDevice[];
  /** In the book and seen, as it was. */
  readonly present: readonly R[];
  /** In the book and not seen. Whoever has it keeps it, nobody else gets it. */
  readonly missing: readonly R[];
  /** The same UUID with another name or size: a replaced board with a copied identity, or a driver's new wording. */
  readonly changed: readonly { readonly was: R; readonly is: GpuDevice; readonly how: string }[];
}

/** The order of both lists means nothing; devices are matched by UUID alone. */
export function compareInventory<R extends RegisteredGpu>(
  registered: readonly R[],
  seen: readonly GpuDevice[],
): Inventory<R> {
  const known = new Set(registered.map((gpu) => gpu.uuid));
  const present: R[] = [];
  const missing: R[] = [];
  const changed: { was: R; is: GpuDevice; how: string }[] = [];
  for (const was of registered) {
    const is = seen.find((device) => device.uuid === was.uuid);
    const how = is === undefined ? "" : difference(was, is);
    if (is === undefined) missing.push(was);
    else if (how === "") present.push(was);
    else changed.push({ was, is, how });
  }
  return { unregistered: seen.filter((device) => !known.has(device.uuid)), present, missing, changed };
}

function difference(was: RegisteredGpu, is: GpuDevice): string {
  const parts: string[] = [];
  if (was.name !== is.name) parts.push(`name \`${was.name}\` is now \`${is.name}\``);
  // A size that is not said on one side is no difference.
  if (was.memoryMib !== null && is.memoryMib !== null && was.memoryMib !== is.memoryMib) {
    parts.push(`memory ${was.memoryMib} MiB is now ${is.memoryMib} MiB`);
  }
  return parts.join(", ");
}

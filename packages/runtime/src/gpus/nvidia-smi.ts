import { MachineError } from "../errors.ts";
import type { GpuDevice, GpuUsage } from "./port.ts";

/** What nvidia-smi says, as devices. Pure; a line that is not understood is an error, never a guess. */

export const QUERY = [
  "--query-gpu=index,uuid,name,memory.total,mig.mode.current",
  "--format=csv,noheader,nounits",
] as const;
export const USAGE_QUERY = [
  "--query-gpu=uuid,utilization.gpu,memory.used",
  "--format=csv,noheader,nounits",
] as const;
export const LIST = ["-L"] as const;

export interface QueriedGpu {
  readonly uuid: string;
  readonly name: string;
  /** Null where the driver does not say: boards that share the host's memory. */
  readonly memoryMib: number | null;
  readonly mig: boolean;
}

const GPU_UUID = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Drivers before R470 named an instance by its place: `MIG-GPU-<uuid>/<GPU instance>/<compute instance>`. */
const MIG_UUID = /^MIG-([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|GPU-[0-9a-f-]{36}\/\d+\/\d+)$/;
const LIST_GPU = /^GPU \d+: .+ \(UUID: (GPU-[0-9a-f-]+)\)$/;
const LIST_MIG = /^\s*MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[0-9a-zA-Z/-]+)\)$/;
/** A board that fell off the bus: not listed, so whoever compares sees it missing. */
const LOST = /^Unable to determine the device handle for /;
const NOT_SAID = /^\[?(N\/A|Not Supported)\]?$/i;

export function isNvidiaUuid(text: string): boolean {
  return GPU_UUID.test(text) || MIG_UUID.test(text);
}

/** @param csv the answer to QUERY */
export function parseQuery(csv: string): QueriedGpu[] {
  return linesOf(csv).map(queried);
}

/** @param csv the answer to USAGE_QUERY */
export function parseUsage(csv: string): ReadonlyMap<string, GpuUsage> {
  return new Map(
    linesOf(csv).map((line) => {
      const [uuid = "", percent = "", memory = "", ...more] = line.split(",").map((field) => field.trim());
      if (!GPU_UUID.test(uuid) || more.length > 0) throw notUnderstood(line);
      return [uuid, { percent: said(percent, line), memoryMib: said(memory, line) }] as const;
    }),
  );
}

/** Boards in MIG mode, and some without sensors, do not say. */
function said(field: string, line: string): number | null {
  if (/^\[?(N\/A|Not Supported|Insufficient Permissions|Unknown Error)\]?$/i.test(field)) return null;
  if (/^\d+$/.test(field)) return Number(field);
  throw notUnderstood(line);
}

/**
 * @param gpus from `parseQuery`
 * @param listing the answer to LIST; only needed when a GPU is in MIG mode
 * @returns whole GPUs, and in the place of one in MIG mode its instances (none, if none was made)
 */
export function devicesOf(gpus: readonly QueriedGpu[], listing: string): GpuDevice[] {
  const instances = gpus.some((gpu) => gpu.mig) ? parseListing(listing) : new Map<string, Instance[]>();
  const devices = gpus.flatMap((gpu): GpuDevice[] => {
    if (!gpu.mig) return [{ uuid: gpu.uuid, name: gpu.name, memoryMib: gpu.memoryMib, kind: "nvidia" }];
    const inside = instances.get(gpu.uuid);
    if (inside === undefined)
      throw broken(`${gpu.uuid} is in MIG mode and \`nvidia-smi -L\` does not list it`);
    return inside.map(({ uuid, profile }) => ({
      uuid,
      name: `${gpu.name} MIG ${profile}`,
      // The profile's size is nominal and in the name; the instance's own is not in this listing.
      memoryMib: null,
      kind: "mig",
    }));
  });
  const seen = new Set<string>();
  for (const { uuid } of devices) {
    if (seen.has(uuid)) throw broken(`two devices have the same UUID ${uuid}`);
    seen.add(uuid);
  }
  return devices;
}

interface Instance {
  readonly uuid: string;
  readonly profile: string;
}

/** MIG instances by the UUID of their GPU. */
function parseListing(listing: string): Map<string, Instance[]> {
  const instances = new Map<string, Instance[]>();
  let current: Instance[] | undefined;
  for (const line of linesOf(listing)) {
    const gpu = line.match(LIST_GPU)?.[1];
    const [, profile, uuid] = line.match(LIST_MIG) ?? [];
    if (gpu !== undefined) {
      current = [];
      instances.set(gpu, current);
    } else if (current !== undefined && profile !== undefined && uuid !== undefined && MIG_UUID.test(uuid)) {
      current.push({ uuid, profile });
    } else {
      throw notUnderstood(line);
    }
  }
  return instances;
}

/** Names are not quoted and could hold a comma: two fields from the left, two from the right, the name between. */
function queried(line: string): QueriedGpu {
  const fields = line.split(",").map((field) => field.trim());
  const [index = "", uuid = ""] = fields;
  const [memory = "", mig = ""] = fields.slice(-2);
  const name = fields.slice(2, -2).join(", ");
  const understood =
    fields.length >= 5 &&
    /^\d+$/.test(index) &&
    GPU_UUID.test(uuid) &&
    (/^\d+$/.test(memory) || NOT_SAID.test(memory)) &&
    // Anything else, such as [Insufficient Permissions], leaves open whether the whole GPU may be given away.
    (mig === "Enabled" || mig === "Disabled" || NOT_SAID.test(mig));
  if (!understood) throw notUnderstood(line);
  return {
    uuid,
    name: NOT_SAID.test(name) ? "NVIDIA GPU" : name,
    memoryMib: NOT_SAID.test(memory) ? null : Number(memory),
    mig: mig === "Enabled",
  };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !LOST.test(line));
}

function notUnderstood(line: string): MachineError {
  return broken(`nvidia-smi said something that is not understood: \`${line}\``);
}

function broken(message: string): MachineError {
  return new MachineError(
    "broken",
    message,
    "Run `nvidia-smi` and `nvidia-smi -L` as root on the host and look at what they say; `dmesg | grep -i nvrm` tells why.",
  );
}

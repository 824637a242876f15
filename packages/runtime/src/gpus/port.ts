/** One GPU, or one MIG instance, as the machine shows it. Its identity is the UUID, never the index. */
export interface GpuDevice {
  /** `GPU-…`, `MIG-…` or `SIM-…`. */
  readonly uuid: string;
  readonly name: string;
  readonly memoryMib: number | null;
  readonly kind: "nvidia" | "mig" | "simulated";
}

/** What a container gets so that it sees this device and no other. */
export type GpuGrant =
  | { readonly by: "nvidia"; readonly uuid: string }
  /** Container Device Interface: a qualified name such as `nvidia.com/gpu=GPU-…`. */
  | { readonly by: "cdi"; readonly device: string }
  /** A character device of the host, shown inside at `inside`. */
  | { readonly by: "node"; readonly host: string; readonly inside: string }
  /** A simulated GPU without a device node. */
  | { readonly by: "nothing" };

/** What a GPU does at this moment; null where the driver does not say. */
export interface GpuUsage {
  /** Share of the last moments in which a kernel ran, 0–100 (NVML, `utilization.gpu`). */
  readonly percent: number | null;
  readonly memoryMib: number | null;
}

export interface Gpus {
  /** `nvidia` or `simulated`. */
  readonly kind: string;
  /** Every device that works now. @throws MachineError `broken` when the driver does not answer */
  list(): Promise<GpuDevice[]>;
  /** By UUID; one that is not in it is not measured: an instance of MIG, a simulated GPU. */
  usage(): Promise<ReadonlyMap<string, GpuUsage>>;
  /** How to hand this device to a container. Does not check that it is there: `list` does. */
  grant(uuid: string): GpuGrant;
}

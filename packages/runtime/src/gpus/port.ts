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

export interface Gpus {
  /** `nvidia` or `simulated`. */
  readonly kind: string;
  /** Every device that works now. @throws MachineError `broken` when the driver does not answer */
  list(): Promise<GpuDevice[]>;
  /** How to hand this device to a container. Does not check that it is there: `list` does. */
  grant(uuid: string): GpuGrant;
}

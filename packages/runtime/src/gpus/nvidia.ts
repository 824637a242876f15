import { command } from "../command.ts";
import { MachineError } from "../errors.ts";
import { devicesOf, isNvidiaUuid, LIST, parseQuery, parseUsage, QUERY, USAGE_QUERY } from "./nvidia-smi.ts";
import type { Gpus } from "./port.ts";

export interface NvidiaOptions {
  /** How containers get a device: the NVIDIA runtime's device request, or the Container Device Interface. */
  readonly grantBy: "nvidia" | "cdi";
  /** Default `nvidia-smi` from the PATH. */
  readonly nvidiaSmi?: string;
}

/** Without persistence mode the driver initialises every board anew for each call: seconds. */
const DEADLINE_MS = 30_000;

export function nvidiaGpus(options: NvidiaOptions): Gpus {
  const program = options.nvidiaSmi ?? "nvidia-smi";

  async function say(args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await command([program, ...args], { deadlineMs: DEADLINE_MS });
    // The driver works and has nothing to show: every registered device is missing, and that is an answer.
    if (/^No devices were found/m.test(stdout + stderr)) return "";
    if (exitCode === 0) return stdout;
    const said = (stderr.trim() || stdout.trim()).split("\n")[0] ?? "";
    throw new MachineError(
      "broken",
      `The NVIDIA driver does not answer: \`${program} ${args.join(" ")}\` ended with ${exitCode}: ${said}`,
      "Install the driver or restart the host after a driver update; `dmesg | grep -i nvrm` tells why.",
    );
  }

  return {
    kind: "nvidia",

    async list() {
      const gpus = parseQuery(await say(QUERY));
      return devicesOf(gpus, gpus.some((gpu) => gpu.mig) ? await say(LIST) : "");
    },

    async usage() {
      return parseUsage(await say(USAGE_QUERY));
    },

    grant(uuid) {
      if (!isNvidiaUuid(uuid)) {
        throw new MachineError(
          "refused",
          `\`${uuid}\` is not the UUID of an NVIDIA device`,
          "Disable GPUs of other kinds: `./medforge gpu list`.",
        );
      }
      return options.grantBy === "cdi"
        ? { by: "cdi", device: `nvidia.com/gpu=${uuid}` }
        : { by: "nvidia", uuid };
    },
  };
}

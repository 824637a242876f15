import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { command } from "../command.ts";
import { MachineError } from "../errors.ts";
import type { Gpus } from "./port.ts";

export interface SimulatedOptions {
  readonly count: number;
  /** A folder for real character devices, one a GPU, so that isolation between containers can be tested. Needs root. */
  readonly deviceNodesDir?: string;
}

/** Linux keeps character majors 60–63 for local and experimental use: no driver, so opening one gives ENXIO. */
const MAJOR = 60;
const UUID = /^SIM-00000000-0000-4000-8000-([0-9a-f]{12})$/;

export function simulatedUuid(index: number): string {
  return `SIM-00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
}

export function simulatedGpus(options: SimulatedOptions): Gpus {
  const dir = options.deviceNodesDir;
  const indexes = Array.from({ length: options.count }, (_, index) => index);
  let made: Promise<void> | undefined;

  return {
    kind: "simulated",

    async list() {
      const devices = indexes.map((index) => ({
        uuid: simulatedUuid(index),
        name: `Simulated GPU ${index}`,
        memoryMib: 16_384,
        kind: "simulated" as const,
      }));
      if (dir === undefined) return devices;
      // Made once; a node that is taken away afterwards is a GPU that was lost.
      made ??= makeNodes(dir, indexes);
      await made.catch((cause) => {
        made = undefined;
        throw cause;
      });
      const there = await Promise.all(indexes.map((index) => isOurNode(dir, index)));
      return devices.filter((_, index) => there[index] === true);
    },

    async usage() {
      return new Map();
    },

    grant(uuid) {
      const index = Number.parseInt(uuid.match(UUID)?.[1] ?? "", 16);
      if (Number.isNaN(index)) {
        throw new MachineError(
          "refused",
          `\`${uuid}\` is not the UUID of a simulated GPU`,
          "Disable GPUs of other kinds: `./medforge gpu list`.",
        );
      }
      return dir === undefined
        ? { by: "nothing" }
        : { by: "node", host: node(dir, index), inside: `/dev/simulated-gpu${index}` };
    },
  };
}

function node(dir: string, index: number): string {
  return join(dir, `simulated-gpu${index}`);
}

async function makeNodes(dir: string, indexes: readonly number[]): Promise<void> {
  const majors = await readFile("/proc/devices", "utf8");
  const characters = majors.split("Block devices:")[0] ?? "";
  const owner = characters.match(new RegExp(`^\\s*${MAJOR} (.+)$`, "m"))?.[1];
  if (owner !== undefined) {
    throw new MachineError(
      "refused",
      `Character devices ${MAJOR}:* belong to the driver ${owner} here; simulated nodes would open it`,
      "Run without device nodes.",
    );
  }
  await mkdir(dir, { recursive: true });
  for (const index of indexes) {
    if (await isOurNode(dir, index)) continue;
    const path = node(dir, index);
    const { exitCode, stderr } = await command(["mknod", "-m", "0666", path, "c", `${MAJOR}`, `${index}`]);
    if (exitCode !== 0) {
      throw new MachineError(
        "broken",
        `The device node ${path} could not be made: ${stderr.trim()}`,
        "Run as root with CAP_MKNOD, or without device nodes.",
      );
    }
  }
}

/** The node is there, a character device, with our numbers. */
async function isOurNode(dir: string, index: number): Promise<boolean> {
  const found = await stat(node(dir, index)).catch(() => undefined);
  // Linux packs dev_t as minor's low byte, 12 bits of major, then the rest of minor; ours are below 256.
  return found?.isCharacterDevice() === true && found.rdev === MAJOR * 256 + index;
}

import { isIPv4 } from "node:net";

import { command } from "../command.ts";
import { MachineError } from "../errors.ts";
import type { Streams } from "./port.ts";

const SSH_PORT = 22;

/** Through the kernel's own socket destroy (`ss -K`, CONFIG_INET_DIAG_DESTROY): both ends see their connection reset. */
export function linuxStreams(): Streams {
  return {
    kind: "linux",

    async cut(address) {
      if (!isIPv4(address)) {
        throw new MachineError(
          "refused",
          `${address} is no container's address`,
          "Report this: it is a bug.",
        );
      }
      const matched = await sockets(address, "-K");
      if (matched.length === 0) return;
      // A kernel that cannot do it lists them all the same, and says nothing.
      const left = new Set(await sockets(address));
      const alive = matched.filter((socket) => left.has(socket));
      if (alive.length === 0) return;
      throw new MachineError(
        "broken",
        `${alive.length} connections to a container go on`,
        "Use a kernel with CONFIG_INET_DIAG_DESTROY.",
      );
    },
  };
}

/**
 * Both ends of each connection of this network namespace to the address, but those to sshd.
 * @param kill `-K` to destroy what is listed
 */
async function sockets(address: string, ...kill: readonly "-K"[]): Promise<string[]> {
  const filter = [
    "state",
    "connected",
    "exclude",
    "time-wait",
    "dst",
    address,
    "and",
    "dport",
    "!=",
    `:${SSH_PORT}`,
  ];
  const { exitCode, stdout, stderr } = await command(["ss", "-Hnt", ...kill, ...filter]);
  if (exitCode !== 0) {
    throw new MachineError(
      "broken",
      `open connections to a container cannot be looked at: ${stderr.trim().slice(0, 200)}`,
      "Run as root (CAP_NET_ADMIN) with iproute2 installed.",
    );
  }
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => line.trim().split(/\s+/).slice(-2).join(" "));
}

import { command } from "../command.ts";
import { MachineError } from "../errors.ts";

/** The kernel ends connections by itself, from outside of the container: nothing that runs in there can hinder it. */

const STEP_MS_MAX = 5_000;

export interface Inside {
  /** Of the container's first process, as this host counts. */
  readonly pid: number;
  /** The container's own address: in case the number is another process's by now, nothing of that one matches. */
  readonly address: string;
}

/**
 * Afterwards no TCP connection to sshd is open that was, logged in or about to be.
 * @throws MachineError `broken` where the kernel cannot (CONFIG_INET_DIAG_DESTROY) or the engine is not on this host
 */
export async function hangUpInside({ pid, address }: Inside): Promise<void> {
  const ss = ["ss", "--no-header", "--tcp", "--numeric", "state", "established", "src", `${address}:22`];
  const before = peersIn(await inNetworkOf(pid, ss));
  if (before.length === 0) return;
  await inNetworkOf(pid, [...ss, "--kill"]);
  // Others may have come meanwhile: those are for the keys to refuse.
  const after = peersIn(await inNetworkOf(pid, ss));
  if (!before.some((peer) => after.includes(peer))) return;
  throw new MachineError(
    "broken",
    "the kernel did not end the SSH connections of a session",
    "It needs CONFIG_INET_DIAG_DESTROY; stop the session instead.",
  );
}

/** Address and port of the other end, the last column of each line. */
function peersIn(lines: string): string[] {
  return lines.split("\n").flatMap((line) => line.trim().split(/\s+/).slice(3, 4));
}

async function inNetworkOf(pid: number, argv: readonly string[]): Promise<string> {
  const enter = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"];
  const { exitCode, stdout, stderr } = await command([...enter, ...argv], { deadlineMs: STEP_MS_MAX });
  if (exitCode === 0) return stdout;
  throw new MachineError(
    "broken",
    `\`${argv.join(" ")}\` in a session's network failed: ${stderr.trim().slice(0, 200)}`,
    "The server needs to be root on the host of the engine, with nsenter (util-linux) and ss (iproute2).",
  );
}

import { connect } from "node:net";

import type { Clock } from "../deadline.ts";

/** RFC 4253, 4.2: the server's identification line; lines of text may come before it. */
const BANNER = "SSH-2.0-";
/** Nobody says more than this before the banner. */
const BYTES_MAX = 4096;
const PAUSE_FIRST_MS = 5;
const PAUSE_MAX_MS = 50;
/** One connection may not use up the whole time: packets to a host that is just coming up can be lost. */
const ATTEMPT_MS_MAX = 2_000;

/**
 * True when an SSH server's banner was read at this address within `ms`. Tries again until then: the port's proxy
 * accepts before sshd listens and then closes the connection.
 */
export async function readBanner(
  clock: Clock,
  address: { readonly host: string; readonly port: number },
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const until = clock.now() + ms;
  let pauseMs = PAUSE_FIRST_MS;
  while (!signal?.aborted) {
    const leftMs = until - clock.now();
    if (leftMs <= 0) return false;
    if (await attempt(clock, address, Math.min(leftMs, ATTEMPT_MS_MAX), signal)) return true;
    await clock.sleep(Math.min(pauseMs, Math.max(0, until - clock.now())), signal);
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 1.5);
  }
  return false;
}

async function attempt(
  clock: Clock,
  address: { readonly host: string; readonly port: number },
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const socket = connect(address);
  const seen = new Promise<boolean>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.startsWith(BANNER) || text.includes(`\n${BANNER}`)) resolve(true);
      else if (text.length > BYTES_MAX) resolve(false);
    });
    // An error is followed by close; without a listener it would end the process.
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
  const timedOut = clock.sleep(ms, signal ? AbortSignal.any([over.signal, signal]) : over.signal);
  try {
    return await Promise.race([seen, timedOut.then(() => false)]);
  } finally {
    over.abort();
    socket.destroy();
  }
}

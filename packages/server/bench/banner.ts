import { connect } from "node:net";

const PAUSE_MS = 5;
const MS_MAX = 60_000;

/**
 * When an SSH server's banner is first read at this port, by `performance.now()`. Ask only when the container has been
 * started: asked before its network is up, the kernel looks for it a second later again (ARP), for everybody.
 */
export async function bannerAt(port: number): Promise<number> {
  const giveUpAt = performance.now() + MS_MAX;
  while (performance.now() < giveUpAt) {
    if (await banner(port)) return performance.now();
    await Bun.sleep(PAUSE_MS);
  }
  throw new Error(`no banner at port ${port} within ${MS_MAX} ms`);
}

function banner(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  return new Promise<boolean>((resolve) => {
    socket.on("data", (chunk) => resolve(chunk.toString("latin1").startsWith("SSH-2.0-")));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  }).finally(() => socket.destroy());
}

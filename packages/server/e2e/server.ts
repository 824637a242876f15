import { fileURLToPath } from "node:url";

import { command, type Daemon, startDaemon } from "@medforge/runtime/command";

import { until } from "./until.ts";

/** The real server process, as `./medforge up` starts it, but for us to kill. */
export interface ServerProcess {
  readonly url: string;
  readonly metricsUrl: string;
  readonly logFile: string;
  readonly pid: number;
  readonly exited: Promise<number>;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
  /** SIGTERM, and gone. */
  stop(): Promise<number>;
  /** Lines of its log that carry this event. */
  logged(event: string): Promise<Record<string, unknown>[]>;
}

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const WORKER = fileURLToPath(new URL("../src/worker.ts", import.meta.url));
const READY_MS_MAX = 20_000;

export async function startServer(
  environment: Readonly<Record<string, string>>,
  logFile: string,
  /** A module that is loaded into the process before ours. */
  preload?: string,
): Promise<ServerProcess> {
  const port = await freePort();
  const metricsPort = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const daemon: Daemon = startDaemon(
    [process.execPath, ...(preload === undefined ? [] : ["--preload", preload]), MAIN],
    {
      logFile,
      env: {
        ...environment,
        MEDFORGE_LISTEN: `127.0.0.1:${port}`,
        MEDFORGE_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
      },
    },
  );
  let over = false;
  void daemon.exited.then(() => {
    over = true;
  });
  await until("the server to answer", READY_MS_MAX, async () => {
    if (over) return true;
    return (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok;
  });
  if (over) throw new Error(`the server ended at once: ${await tailOf(logFile)}`);
  return {
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    logFile,
    pid: daemon.pid,
    exited: daemon.exited,
    async kill() {
      daemon.kill("SIGKILL");
      await daemon.exited;
    },
    async stop() {
      daemon.kill("SIGTERM");
      return daemon.exited;
    },
    async logged(event) {
      return (await Bun.file(logFile).text())
        .split("\n")
        .filter((line) => line.startsWith("{") && line.includes(`"${event}"`))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line.event === event);
    },
  };
}

/** The real worker process; it waits for work by itself. */
export function startWorker(environment: Readonly<Record<string, string>>, logFile: string): Daemon {
  return startDaemon([process.execPath, WORKER], { logFile, env: environment });
}

/** Free a moment ago, and nobody else in a lab takes ports at random. */
export async function freePort(): Promise<number> {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

async function tailOf(path: string): Promise<string> {
  return (await command(["tail", "-n", "20", path])).stdout;
}

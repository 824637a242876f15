import { platformModule } from "../platform.ts";
import type { PoolAnswer, PoolRequest } from "./pool-messages.ts";

/** The part of node:worker_threads that is used where it exists (Node, Bun); a browser has Worker instead. */
export interface WorkerThreads {
  readonly Worker: new (url: URL) => NodeWorker;
  readonly parentPort: {
    on(event: "message", listener: (request: PoolRequest) => void): void;
    postMessage(answer: PoolAnswer): void;
  } | null;
}

export interface NodeWorker {
  on(event: "message", listener: (answer: PoolAnswer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  postMessage(request: PoolRequest): void;
  terminate(): Promise<number>;
}

export async function workerThreads(): Promise<WorkerThreads | undefined> {
  return (await platformModule("node:worker_threads")) as WorkerThreads | undefined;
}

import { ScoringError } from "../errors.ts";
import type { PoolAnswer, PoolRequest } from "./pool-messages.ts";
import { workerThreads } from "./worker-threads.ts";

/** A worker, in whichever way this platform has them. */
export interface Lane {
  /** Rejects if the worker dies or is stopped. */
  ask(request: PoolRequest): Promise<PoolAnswer>;
  stop(): void;
}

export async function startLane(script: URL): Promise<Lane> {
  const threads = await workerThreads();
  let resolve: (answer: PoolAnswer) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const failed = (why: string) => reject(new ScoringError("worker_failed", why));
  const ask = (post: () => void) =>
    new Promise<PoolAnswer>((yes, no) => {
      resolve = yes;
      reject = no;
      post();
    });
  if (threads) {
    const worker = new threads.Worker(script);
    worker.on("message", (answer) => resolve(answer));
    worker.on("error", (error) => failed(error.message));
    worker.on("exit", () => failed("The worker has ended."));
    return {
      ask: (request) => ask(() => worker.postMessage(request)),
      stop: () => void worker.terminate(),
    };
  }
  const worker = new Worker(script, { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<PoolAnswer>) => resolve(data);
  worker.onerror = (event) => failed(event.message);
  return {
    ask: (request) => ask(() => worker.postMessage(request)),
    stop() {
      worker.terminate();
      failed("The worker was stopped.");
    },
  };
}

import { type Fault, fault, ScoringError } from "../errors.ts";
import type { EngineChoice } from "../kernels/choose-engine.ts";
import type { MaskFiles } from "../kernels/mask-files.ts";
import type { LabelScore } from "../kernels/workspace.ts";
import type { PoolAnswer, PoolOptions, PoolRequest } from "./pool-messages.ts";
import { workerThreads } from "./worker-threads.ts";

export interface PoolCase extends PoolOptions {
  readonly id: string;
  /** Asked for when a worker is free, so that only as many cases are in memory as there are workers. */
  load(): MaskFiles | Promise<MaskFiles>;
}

export type PoolResult =
  | { readonly id: string; readonly scores: readonly LabelScore[] }
  | { readonly id: string; readonly faults: readonly Fault[] };

export interface PoolSettings {
  /** As many as there are processors, at most 8, if left out. */
  readonly workers?: number;
  readonly engine?: EngineChoice;
  /** Where the worker's script lies, if a bundler has moved it. */
  readonly script?: URL;
}

export interface PoolRun {
  readonly signal?: AbortSignal;
  /** After each case, in the order in which they are done. */
  readonly onProgress?: (done: number, total: number, result: PoolResult) => void;
}

const WORKERS_MAX = 64;
const WORKERS_UNASKED_MAX = 8;

/**
 * Scores cases in parallel workers, one case at a time in each. The numbers do not depend on how many there are.
 * Workers are started when they are needed and kept until `close`.
 */
export class ScoringPool {
  readonly #workers: number;
  readonly #engine: EngineChoice;
  readonly #script: URL;
  readonly #idle: Lane[] = [];
  #closed = false;

  /** @throws ScoringError `bad_argument`. */
  constructor({ workers = unasked(), engine = "auto", script = ownScript() }: PoolSettings = {}) {
    if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
      throw new ScoringError("bad_argument", `A pool has 1 to ${WORKERS_MAX} workers.`, {
        argument: "workers",
      });
    }
    this.#workers = workers;
    this.#engine = engine;
    this.#script = script;
  }

  /**
   * All cases, their results in the order of the cases. What is wrong with a case, a worker that dies over it included,
   * is that case's result.
   * @throws ScoringError `cancelled` once the signal fires; workers in the middle of a case are stopped at once.
   */
  async score(cases: readonly PoolCase[], { signal, onProgress }: PoolRun = {}): Promise<PoolResult[]> {
    if (this.#closed) throw new ScoringError("bad_argument", "The pool is closed.");
    if (signal?.aborted) throw new ScoringError("cancelled");
    const results: PoolResult[] = [];
    const busy = new Set<Lane>();
    let next = 0;
    let done = 0;
    let stopped = false;
    const lane = async () => {
      while (!stopped && next < cases.length) {
        const at = next++;
        const one = cases[at];
        if (!one) return;
        const result = await this.#one(one, busy);
        if (stopped) return;
        results[at] = result;
        onProgress?.(++done, cases.length, result);
      }
    };
    const cancelled = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(new ScoringError("cancelled")), { once: true });
    });
    const lanes = Promise.all(Array.from({ length: Math.min(this.#workers, cases.length) }, lane));
    try {
      await (signal ? Promise.race([lanes, cancelled]) : lanes);
    } finally {
      stopped = true;
      for (const worker of busy) worker.stop();
    }
    return results;
  }

  /** Stops the workers. A closed pool scores nothing more. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#idle.splice(0)) worker.stop();
  }

  async #one({ id, load, ...options }: PoolCase, busy: Set<Lane>): Promise<PoolResult> {
    let worker: Lane | undefined;
    try {
      const files = await load();
      worker = this.#idle.pop() ?? (await startLane(this.#script));
      busy.add(worker);
      const answer = await worker.ask({ engine: this.#engine, files, options });
      busy.delete(worker);
      if (this.#closed) worker.stop();
      else this.#idle.push(worker);
      return { id, ...answer };
    } catch (error) {
      if (worker) {
        busy.delete(worker);
        worker.stop();
      }
      if (error instanceof ScoringError) return { id, faults: error.faults };
      return { id, faults: [fault("worker_failed", {}, String(error))] };
    }
  }
}

/** A worker, in whichever way this platform has them. */
interface Lane {
  /** Rejects if the worker dies or is stopped. */
  ask(request: PoolRequest): Promise<PoolAnswer>;
  stop(): void;
}

async function startLane(script: URL): Promise<Lane> {
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

function unasked(): number {
  return Math.min(WORKERS_UNASKED_MAX, globalThis.navigator?.hardwareConcurrency ?? 4);
}

/** Beside this file, in the sources as in the built package. */
function ownScript(): URL {
  const name = import.meta.url.endsWith(".ts") ? "./pool-worker.ts" : "./pool-worker.js";
  return new URL(name, import.meta.url);
}

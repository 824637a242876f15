import type { Manifest } from "../competition.ts";
import { type Fault, ScoringError } from "../errors.ts";
import type { EngineChoice } from "../kernels/choose-engine.ts";
import type { MaskFiles } from "../kernels/mask-files.ts";
import type { LabelScore } from "../kernels/workspace.ts";
import type { CaseJob, CaseOutcome } from "../score/score-images.ts";
import type { PoolAnswer, PoolOptions, PoolRequest, PoolTask, PoolTasks } from "./pool-messages.ts";
import { type Lane, startLane } from "./worker-lane.ts";

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
   * All cases, their results in the order of the cases. What is wrong with a case, files that cannot be loaded and a
   * worker that dies over it included, is that case's result.
   * @throws ScoringError `cancelled` once the signal fires; workers in the middle of a case are stopped at once.
   */
  async score(cases: readonly PoolCase[], { signal, onProgress }: PoolRun = {}): Promise<PoolResult[]> {
    const ids = cases.map(({ id }) => id);
    const jobs = cases.map(({ id: _, load, ...options }) => async () => {
      try {
        return { files: await load(), options };
      } catch (error) {
        throw error instanceof ScoringError ? error : new ScoringError("worker_failed", String(error));
      }
    });
    const resultOf = (at: number, answer: PoolAnswer<"labels">): PoolResult => {
      const id = ids[at] ?? "";
      return "value" in answer ? { id, scores: answer.value } : { id, faults: answer.faults };
    };
    const answers = await this.#run("labels", jobs, signal, (done, at, answer) =>
      onProgress?.(done, jobs.length, resultOf(at, answer)),
    );
    return answers.map((answer, at) => resultOf(at, answer));
  }

  /** The cases of a competition, for `score`: as above, but what goes wrong while a file is loaded is thrown. */
  async measureCases(
    manifest: Manifest,
    cases: readonly CaseJob[],
    { signal, onProgress }: Pick<PoolRun, "signal"> & { onProgress?(done: number, total: number): void },
  ): Promise<CaseOutcome[]> {
    const jobs = cases.map((one) => async () => ({ manifest, files: await one.load() }));
    const answers = await this.#run("case", jobs, signal, (done) => onProgress?.(done, jobs.length));
    return answers.map((answer) => ("value" in answer ? answer.value : answer));
  }

  /** Stops the workers. A closed pool scores nothing more. */
  close(): void {
    this.#closed = true;
    for (const worker of this.#idle.splice(0)) worker.stop();
  }

  /** One job after the other on each worker. Their files are loaded when a worker is free. */
  async #run<Task extends PoolTask>(
    task: Task,
    jobs: readonly (() => Promise<PoolTasks[Task]["work"]>)[],
    signal: AbortSignal | undefined,
    onDone: (done: number, at: number, answer: PoolAnswer<Task>) => void,
  ): Promise<PoolAnswer<Task>[]> {
    if (this.#closed) throw new ScoringError("bad_argument", "The pool is closed.");
    if (signal?.aborted) throw new ScoringError("cancelled");
    const answers: PoolAnswer<Task>[] = [];
    const busy = new Set<Lane>();
    let next = 0;
    let done = 0;
    let stopped = false;
    const lane = async () => {
      while (!stopped && next < jobs.length) {
        const at = next++;
        const answer = await this.#one(task, jobs[at] as (typeof jobs)[number], busy);
        if (stopped) return;
        answers[at] = answer;
        onDone(++done, at, answer);
      }
    };
    let onAbort: () => void = () => undefined;
    const cancelled = new Promise<never>((_, reject) => {
      onAbort = () => reject(new ScoringError("cancelled"));
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    const lanes = Promise.all(Array.from({ length: Math.min(this.#workers, jobs.length) }, lane));
    try {
      await Promise.race([lanes, cancelled]);
    } finally {
      stopped = true;
      signal?.removeEventListener("abort", onAbort);
      for (const worker of busy) worker.stop();
    }
    return answers;
  }

  async #one<Task extends PoolTask>(
    task: Task,
    load: () => Promise<PoolTasks[Task]["work"]>,
    busy: Set<Lane>,
  ): Promise<PoolAnswer<Task>> {
    let worker: Lane | undefined;
    try {
      const work = await load();
      worker = this.#idle.pop() ?? (await startLane(this.#script));
      busy.add(worker);
      const answer = await worker.ask({ task, engine: this.#engine, work } as PoolRequest);
      busy.delete(worker);
      if (this.#closed) worker.stop();
      else this.#idle.push(worker);
      return answer as PoolAnswer<Task>;
    } catch (error) {
      if (worker) {
        busy.delete(worker);
        worker.stop();
      }
      if (error instanceof ScoringError) return { faults: error.faults };
      throw error;
    }
  }
}

function unasked(): number {
  return Math.min(WORKERS_UNASKED_MAX, globalThis.navigator?.hardwareConcurrency ?? 4);
}

/** Beside this file, in the sources as in the built package. */
function ownScript(): URL {
  const name = import.meta.url.endsWith(".ts") ? "./pool-worker.ts" : "./pool-worker.js";
  return new URL(name, import.meta.url);
}

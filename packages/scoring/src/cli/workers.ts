import { Worker } from "node:worker_threads";

import { fault } from "../errors.ts";
import { Workspace } from "../kernels/workspace.ts";
import { type CaseJob, type CaseResult, doCase } from "./case-job.ts";

/** Beside this file in the sources, beside the one bundle in the package. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./folder-worker.ts" : "./folder-worker.js",
  import.meta.url,
);

/**
 * All cases, their results in the order of the jobs however many workers took part. A worker that dies costs its case,
 * which gets the fault `worker_failed`; another one takes its place.
 */
export async function doCases(
  jobs: readonly CaseJob[],
  workers: number,
  onDone: () => void,
): Promise<readonly CaseResult[]> {
  const results = new Array<CaseResult>(jobs.length);
  let next = 0;
  if (workers <= 1 || jobs.length <= 1) {
    const workspace = await Workspace.create();
    for (const [at, job] of jobs.entries()) {
      results[at] = await doCase(workspace, job);
      onDone();
    }
    return results;
  }
  async function lane(): Promise<void> {
    let worker = new Worker(workerUrl);
    for (let at = next++; at < jobs.length; at = next++) {
      const result = await ask(worker, jobs[at] as CaseJob);
      results[at] = result ?? {
        rows: [],
        faults: [fault("worker_failed", { file: (jobs[at] as CaseJob).name })],
      };
      if (result === undefined) worker = new Worker(workerUrl);
      onDone();
    }
    await worker.terminate();
  }
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, lane));
  return results;
}

function ask(worker: Worker, job: CaseJob): Promise<CaseResult | undefined> {
  return new Promise((resolve) => {
    const settle = (result: CaseResult | undefined) => {
      worker.removeAllListeners();
      resolve(result);
    };
    worker.once("message", settle);
    worker.once("error", () => settle(undefined));
    worker.once("exit", () => settle(undefined));
    worker.postMessage(job);
  });
}

import { faultsError, ScoringError, within } from "../errors.ts";
import { readMask } from "../images/mask.ts";
import { inOrderOf } from "../images/orientation.ts";
import { Workspace } from "../kernels/workspace.ts";
import { release } from "../platform.ts";
import type { PoolAnswer, PoolRequest } from "./pool-messages.ts";
import { workerThreads } from "./worker-threads.ts";

/** One worker of a `ScoringPool`: a workspace of its own, one case after the other. */
let workspace: Promise<Workspace> | undefined;

async function answer({ engine, files, options }: PoolRequest): Promise<PoolAnswer> {
  try {
    workspace ??= Workspace.create({ engine });
    const own = await workspace;
    const reference = await named("reference", () => readMask(files.reference));
    const read = await named("prediction", () => readMask(files.prediction));
    const prediction = await named("prediction", () => inOrderOf(reference, read));
    own.load({ shape: reference.shape, reference: reference.labels, prediction: prediction.labels });
    // The files are this worker's own copies, so what was read from them can go before the work begins.
    for (const { labels } of [reference, read, prediction]) release(labels);
    return { scores: own.score({ ...options, spacing: reference.spacing }) };
  } catch (error) {
    if (error instanceof ScoringError) return { faults: error.faults };
    throw error;
  }
}

async function named<Value>(file: string, work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const placed = within(error, { file });
    throw placed instanceof ScoringError ? faultsError(placed.faults) : placed;
  }
}

const threads = await workerThreads();
if (threads?.parentPort) {
  const port = threads.parentPort;
  port.on("message", async (request) => port.postMessage(await answer(request)));
} else {
  const scope = globalThis as unknown as {
    onmessage: ((event: { readonly data: PoolRequest }) => void) | null;
    postMessage(answer: PoolAnswer): void;
  };
  scope.onmessage = async ({ data }) => scope.postMessage(await answer(data));
}

import { ScoringError } from "../errors.ts";
import { Workspace } from "../kernels/workspace.ts";
import type { PoolAnswer, PoolRequest } from "./pool-messages.ts";
import { workerThreads } from "./worker-threads.ts";

/** One worker of a `ScoringPool`: a workspace of its own, one case after the other. */
let workspace: Promise<Workspace> | undefined;

async function answer({ engine, files, options }: PoolRequest): Promise<PoolAnswer> {
  try {
    workspace ??= Workspace.create({ engine });
    const own = await workspace;
    const { spacing } = await own.read(files);
    return { scores: own.score({ ...options, spacing }) };
  } catch (error) {
    if (error instanceof ScoringError) return { faults: error.faults };
    throw error;
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

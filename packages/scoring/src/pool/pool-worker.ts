import { ScoringError } from "../errors.ts";
import { chooseEngine } from "../kernels/choose-engine.ts";
import type { Engine } from "../kernels/engine.ts";
import { Workspace } from "../kernels/workspace.ts";
import { measureCase } from "../score/measure-case.ts";
import type { PoolAnswer, PoolRequest } from "./pool-messages.ts";
import { workerThreads } from "./worker-threads.ts";

/** One worker of a `ScoringPool`: memory of its own, one case after the other. */
let workspace: Promise<Workspace> | undefined;
let caseEngine: Promise<Engine> | undefined;

async function answer({ engine, ...request }: PoolRequest): Promise<PoolAnswer> {
  try {
    if (request.task === "case") {
      caseEngine ??= chooseEngine(engine);
      const { manifest, files } = request.work;
      return { value: await measureCase(manifest, await caseEngine, files) };
    }
    workspace ??= Workspace.create({ engine });
    const own = await workspace;
    const { spacing } = await own.read(request.work.files);
    return { value: own.score({ ...request.work.options, spacing }) };
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

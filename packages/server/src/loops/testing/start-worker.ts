import { fileURLToPath } from "node:url";

import type { WorkerSettings } from "./score-worker.ts";

const PROGRAM = fileURLToPath(new URL("./score-worker.ts", import.meta.url));
const MS_MAX = 20_000;

/** A scoring worker as a process of its own, to be watched and killed. */
export interface StartedWorker {
  readonly process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  /** Resolves when it has said the word so often: `ready`, `computing` or `computed`. */
  says(word: string, times?: number): Promise<void>;
  /** Everything that it has said, when it has ended. */
  all(): Promise<string>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export function startWorker(settings: WorkerSettings): StartedWorker {
  const started = Bun.spawn([process.execPath, PROGRAM, JSON.stringify(settings)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  const listening = (async () => {
    for await (const piece of started.stdout) said += new TextDecoder().decode(piece);
  })();
  return {
    process: started,
    says: (word, times = 1) => until(() => said.split(word).length > times),
    all: async () => {
      await listening;
      return said;
    },
    kill: async () => {
      started.kill("SIGKILL");
      await started.exited;
    },
  };
}

/** Asks until it is so. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + MS_MAX;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error("it did not become true in time");
    await Bun.sleep(10);
  }
}

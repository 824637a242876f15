import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { type Companion, startCompanion } from "@medforge/runtime/command";

import { ScorerFault } from "./fault.ts";
import type { Answer, Asked } from "./messages.ts";

export interface ScorerLimits {
  /** Of one question, from the moment it is asked of the process. */
  readonly deadlineMs: number;
  /** Of the process while it works on one question, code and libraries included. */
  readonly memoryBytesMax: number;
  /** Instead of `child.ts`; for tests of what a broken one does. */
  readonly program?: string;
}

const MEMORY_GLANCE_MS = 50;
const OWN_PROGRAM = fileURLToPath(new URL("./child.ts", import.meta.url));

/**
 * One scoring process: started when first asked, killed when it takes too long, too much memory or is not wanted any
 * more, and started anew for the next question. One question at a time.
 */
export class ScorerProcess {
  readonly #limits: ScorerLimits;
  #companion: Companion | undefined;
  #asking: PromiseWithResolvers<Answer> | undefined;

  constructor(limits: ScorerLimits) {
    this.#limits = limits;
  }

  /** @throws ScorerFault; the signal's reason once it fires */
  async ask(asked: Asked, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    const companion = this.#started();
    const asking = Promise.withResolvers<Answer>();
    const { promise, reject } = asking;
    this.#asking = asking;
    const { deadlineMs, memoryBytesMax } = this.#limits;
    const deadline = setTimeout(
      () => reject(new ScorerFault("time_limit", `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    const glances = setInterval(async () => {
      if ((await residentBytes(companion.pid)) > memoryBytesMax) {
        reject(new ScorerFault("memory_limit", `more than ${memoryBytesMax} bytes of memory`));
      }
    }, MEMORY_GLANCE_MS);
    const cancel = () => reject(signal?.reason);
    signal?.addEventListener("abort", cancel);
    try {
      companion.send(asked);
      const answer = await promise;
      // What it still holds must not count for the next submission.
      if (answer.residentBytes > memoryBytesMax / 2) this.stop();
      return answer;
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      clearTimeout(deadline);
      clearInterval(glances);
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Who still waits for an answer gets a ScorerFault. */
  stop(): void {
    const companion = this.#companion;
    if (companion !== undefined) this.#over(companion, "it was stopped");
    companion?.kill();
  }

  #over(companion: Companion, why: string): void {
    if (this.#companion !== companion) return;
    this.#companion = undefined;
    this.#asking?.reject(new ScorerFault("crashed", `the scoring process has ended: ${why}`));
  }

  #started(): Companion {
    if (this.#companion !== undefined) return this.#companion;
    const companion = startCompanion(this.#limits.program ?? OWN_PROGRAM, (message) => {
      // One that was given up may still have something to say.
      if (this.#companion === companion) this.#asking?.resolve(message as Answer);
    });
    this.#companion = companion;
    void companion.exited.then((code) => this.#over(companion, `exit code ${code}`));
    return companion;
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

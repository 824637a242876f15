import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { type Companion, startCompanion } from "@medforge/runtime/command";

import { ScorerFault } from "./fault.ts";
import type { Answer, Asked } from "./messages.ts";

export interface ScorerLimits {
  /** Of one question, from the moment that the process has nothing else to do. */
  readonly deadlineMs: number;
  /** Of the process while it works on one question, code and libraries included. */
  readonly memoryBytesMax: number;
  /** Instead of `child.ts`; for tests of what a broken one does. */
  readonly program?: string;
}

interface Question {
  /** Undefined: the process ended while it was at another one. */
  readonly answer: PromiseWithResolvers<Answer | undefined>;
}

const GLANCE_MS = 50;
const OWN_PROGRAM = fileURLToPath(new URL("./child.ts", import.meta.url));

/**
 * One scoring process: started when first asked, killed when it takes too long, too much memory or is not wanted any
 * more, and started anew for the next question. It may be asked more while it works, and answers in that order, so that
 * it never waits for who asks. No question fails because of another one.
 */
export class ScorerProcess {
  readonly #limits: ScorerLimits;
  #companion: Companion | undefined;
  /** Without an answer, in the order in which they were asked. */
  readonly #open: Question[] = [];
  #firstSinceMs = 0;
  #glances: ReturnType<typeof setInterval> | undefined;

  constructor(limits: ScorerLimits) {
    this.#limits = limits;
  }

  /** @throws ScorerFault; the signal's reason once it fires */
  async ask(asked: Asked, signal?: AbortSignal): Promise<Answer> {
    for (;;) {
      signal?.throwIfAborted();
      const answer = await this.#askOnce(asked, signal);
      if (answer !== undefined) return answer;
    }
  }

  /** Who still waits for an answer gets a ScorerFault. */
  stop(): void {
    const fault = new ScorerFault("crashed", "the scoring process was stopped");
    for (const { answer } of this.#open) answer.reject(fault);
    this.#end();
  }

  async #askOnce(asked: Asked, signal: AbortSignal | undefined): Promise<Answer | undefined> {
    const question: Question = { answer: Promise.withResolvers() };
    const cancel = () => this.#fail(question, signal?.reason);
    signal?.addEventListener("abort", cancel);
    try {
      this.#started().send(asked);
      if (this.#open.push(question) === 1) this.#begins();
      return await question.answer.promise;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #begins(): void {
    this.#firstSinceMs = performance.now();
    this.#glances ??= setInterval(() => void this.#glance(), GLANCE_MS);
  }

  async #glance(): Promise<void> {
    const [first] = this.#open;
    const { deadlineMs, memoryBytesMax } = this.#limits;
    if (first === undefined || this.#companion === undefined) return;
    if (performance.now() - this.#firstSinceMs > deadlineMs) {
      this.#fail(first, new ScorerFault("time_limit", `no answer within ${deadlineMs} ms`));
    } else if ((await residentBytes(this.#companion.pid)) > memoryBytesMax) {
      this.#fail(first, new ScorerFault("memory_limit", `more than ${memoryBytesMax} bytes of memory`));
    }
  }

  #heard(answer: Answer): void {
    this.#open.shift()?.answer.resolve(answer);
    // What it still holds must not count for the next submission.
    if (answer.residentBytes > this.#limits.memoryBytesMax / 2) this.#end();
    else if (this.#open.length > 0) this.#begins();
    else this.#rests();
  }

  #rests(): void {
    clearInterval(this.#glances);
    this.#glances = undefined;
  }

  /** For a question that has got its answer meanwhile, nothing happens. */
  #fail(question: Question, error: unknown): void {
    if (!this.#open.includes(question)) return;
    question.answer.reject(error);
    this.#end();
  }

  /** The process is killed, and who waits for an answer asks a new one. */
  #end(): void {
    this.#rests();
    this.#companion?.kill();
    this.#companion = undefined;
    for (const { answer } of this.#open.splice(0)) answer.resolve(undefined);
  }

  #started(): Companion {
    if (this.#companion !== undefined) return this.#companion;
    const companion = startCompanion(this.#limits.program ?? OWN_PROGRAM, (message) => {
      // One that was given up may still have something to say.
      if (this.#companion === companion) this.#heard(message as Answer);
    });
    this.#companion = companion;
    void companion.exited.then((code) => {
      if (this.#companion !== companion) return;
      const why = `the scoring process has ended: exit code ${code}`;
      this.#open[0]?.answer.reject(new ScorerFault("crashed", why));
      this.#end();
    });
    return companion;
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

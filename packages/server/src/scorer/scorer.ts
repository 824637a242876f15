import { assert } from "@medforge/core/assert";
import type { Precheck, ScoreReport } from "@medforge/scoring";
import { faultsError } from "@medforge/scoring/errors";

import { ScorerFault } from "./fault.ts";
import {
  type Answer,
  type Asked,
  type BoardStatisticsFound,
  type Changed,
  type PrecheckJob,
  packStatistics,
  type ScoreJob,
  type StatisticsJob,
} from "./messages.ts";
import { type ScorerLimits, ScorerProcess } from "./process.ts";

/** Judges and measures submissions in processes of their own, never on the event loop of who asks. */
export interface Scorer {
  /**
   * What can be found without the reference.
   * @throws ScorerFault; ScoringError for a manifest or public ids that cannot be read
   */
  precheck(job: PrecheckJob, signal?: AbortSignal): Promise<Precheck>;
  /**
   * In a process of their own, in the order of their asking. Who asks for the next one before this one is there keeps
   * that process from waiting.
   * @throws ScoringError with all that is wrong with the submission; ScorerFault
   */
  score(job: ScoreJob, signal?: AbortSignal): Promise<ScoreReport>;
  /** @throws ScorerFault */
  statistics(job: StatisticsJob, signal?: AbortSignal): Promise<BoardStatisticsFound>;
  /** Kills the processes; who still waits gets a ScorerFault. */
  close(): void;
}

export interface ScorerSettings extends ScorerLimits {
  /** For what is no score: how many questions are worked on at once. The others wait their turn, without a deadline. */
  readonly processes: number;
}

/** No process is started before the first question. */
export function createScorer({ processes, ...limits }: ScorerSettings): Scorer {
  const scoring = new ScorerProcess(limits);
  const others = Array.from({ length: processes }, () => new ScorerProcess(limits));
  const idle = [...others];
  const waiting: ((free: ScorerProcess) => void)[] = [];

  async function askIdle(asked: Asked, signal: AbortSignal | undefined): Promise<unknown> {
    const free = idle.pop() ?? (await new Promise<ScorerProcess>((resolve) => waiting.push(resolve)));
    try {
      return answered(asked, await free.ask(asked, signal));
    } finally {
      const next = waiting.shift();
      if (next === undefined) idle.push(free);
      else next(free);
    }
  }

  return {
    precheck: async (job, signal) => (await askIdle({ do: "precheck", job }, signal)) as Precheck,
    score: async (job, signal) => {
      const asked: Asked = { do: "score", job };
      return answered(asked, await scoring.ask(asked, signal)) as ScoreReport;
    },
    statistics: async (job, signal) =>
      (await askIdle({ do: "statistics", job: packStatistics(job) }, signal)) as BoardStatisticsFound,
    close: () => {
      for (const one of [scoring, ...others]) one.stop();
    },
  };
}

/** @returns what an answer says */
function answered(asked: Asked, answer: Answer): unknown {
  if (answer.is === "done") return answer.value;
  if (answer.is === "faulty") throw faultsError(answer.faults, answer.faultsTotal);
  if (answer.is === "broken") throw new ScorerFault("crashed", answer.message);
  throw changed(answer.is, asked);
}

function changed(what: Changed, asked: Asked): ScorerFault {
  assert(asked.do === "score", "only files that are measured can have changed");
  const place = what === "holdout_changed" ? asked.job.holdoutDir : asked.job.file;
  return new ScorerFault(what, `${place} is not what was written down of it`);
}

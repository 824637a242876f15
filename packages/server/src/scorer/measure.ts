import { readFileSync, statSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { availableParallelism } from "node:os";

import {
  type Input,
  type Manifest,
  type Precheck,
  type PublicIds,
  parseManifest,
  precheck,
  type ScoreReport,
  ScoringError,
  ScoringPool,
  score,
} from "@medforge/scoring";
import { readPublicIds } from "@medforge/scoring/cli/bundle";
import { fileSource } from "@medforge/scoring/cli/files";
import { faultsError } from "@medforge/scoring/errors";
import { sha256 } from "@medforge/scoring/sha256";
import { bytesSource } from "@medforge/scoring/source";

import { boardStatistics } from "./board-statistics.ts";
import { createHiddenReader } from "./hidden.ts";
import {
  type Answered,
  type Asked,
  type Changed,
  type PrecheckJob,
  type ScoreJob,
  unpackStatistics,
} from "./messages.ts";
import { Recent } from "./recent.ts";

const REMEMBERED_MAX = 16;
/** Up to here a submission is read once, and the very bytes that were hashed are measured. */
const WHOLE_BYTES_MAX = 64 * 1024 ** 2;
const POOL_WORKERS_MAX = 4;

class ChangedError extends Error {
  readonly what: Changed;

  constructor(what: Changed) {
    super(what);
    this.what = what;
  }
}

/** What a scoring process does: measures, and keeps manifests, ids and small holdouts between two submissions. */
export function createMeasuring(): (asked: Asked) => Promise<Answered> {
  const manifests = new Recent<Manifest>(REMEMBERED_MAX);
  const publicIds = new Recent<PublicIds>(REMEMBERED_MAX);
  const hidden = createHiddenReader();
  let pool: ScoringPool | undefined;

  const manifestOf = (text: string) =>
    manifests.of(text, () => {
      const read = parseManifest(text);
      if (!read.ok) throw faultsError(read.faults);
      return read.value;
    });

  async function check(job: PrecheckJob): Promise<Precheck> {
    const manifest = await manifestOf(job.manifest);
    const { ino, mtimeNs } = await lstat(job.publicDir, { bigint: true });
    const ids = await publicIds.of(`${job.manifest}\n${job.publicDir} ${ino} ${mtimeNs}`, () =>
      readPublicIds(manifest, job.publicDir),
    );
    return precheck(manifest, ids, await fileSource(job.file));
  }

  async function measure(job: ScoreJob): Promise<ScoreReport> {
    const manifest = await manifestOf(job.manifest);
    const reference = await hidden(manifest, job.holdoutDir);
    if (reference.sha256 !== job.holdoutSha256) throw new ChangedError("holdout_changed");
    const file = await submittedFile(job);
    if (manifest.task !== "segmentation-nifti") return score(manifest, reference.holdout, file);
    pool ??= new ScoringPool({ workers: Math.min(POOL_WORKERS_MAX, availableParallelism()) });
    return score(manifest, reference.holdout, file, { pool });
  }

  async function answer(asked: Asked): Promise<unknown> {
    switch (asked.do) {
      case "precheck":
        return check(asked.job);
      case "score":
        return measure(asked.job);
      case "statistics":
        return boardStatistics(unpackStatistics(asked.job));
    }
  }

  return async (asked) => {
    try {
      return { is: "done", value: await answer(asked) };
    } catch (error) {
      if (error instanceof ScoringError) {
        return { is: "faulty", faults: error.faults, faultsTotal: error.faultsTotal };
      }
      if (error instanceof ChangedError) return { is: error.what };
      return {
        is: "broken",
        message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      };
    }
  };
}

async function submittedFile(job: ScoreJob): Promise<Input> {
  // Nothing else is done here meanwhile: waiting for another thread to read it would only take longer.
  const whole = statSync(job.file).size <= WHOLE_BYTES_MAX;
  const file = whole ? bytesSource(new Uint8Array(readFileSync(job.file))) : await fileSource(job.file);
  if ((await sha256(file)) !== job.fileSha256) throw new ChangedError("submission_changed");
  return file;
}

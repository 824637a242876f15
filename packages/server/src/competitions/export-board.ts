import { createHash } from "node:crypto";

import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import type { NamedLine } from "@medforge/db/queries/board-reads";
import { parseManifest } from "@medforge/scoring";

import type { Deps } from "../deps.ts";
import { canonicalJson } from "./canonical-json.ts";

/** A board to be published: what it was computed from, and every line with its exact score. */
export interface ExportedBoard {
  /** Canonical JSON (RFC 8785): the same board is the same bytes. */
  readonly json: string;
  /** Of these bytes. */
  readonly sha256: string;
}

const AT_ONCE = 1_000;

/** All of it as it is at one moment: scores that end meanwhile wait. @throws MedforgeError `not_found` */
export function exportBoard({ db }: Pick<Deps, "db">, slug: string): Promise<ExportedBoard> {
  return db.transaction((tx) => exportFrom(tx, slug));
}

async function exportFrom(tx: Tables, slug: string): Promise<ExportedBoard> {
  const board = await tx.boards.shown(slug);
  const identity = board && (await tx.scoreIdentities.byId(board.identityId));
  if (board === undefined || identity === undefined) {
    throw new MedforgeError("not_found", `There is no competition ${slug}.`);
  }
  const statistics = (await tx.boards.lock(identity.id))?.statistics ?? null;
  const read = parseManifest(identity.manifest);
  const lines: unknown[] = [];
  for (let after: NamedLine | undefined; ; ) {
    const page = await tx.boards.page(identity.id, after?.line, AT_ONCE);
    for (const one of page) lines.push(exported(one, lines.length + 1));
    after = page.at(-1);
    if (page.length < AT_ONCE) break;
  }
  const json = canonicalJson({
    competition: slug,
    direction: identity.direction,
    evaluation_split: read.ok ? read.value.evaluationSplitVersion : null,
    manifest_sha256: identity.manifestSha256,
    metric_versions: identity.metricVersions,
    scorer_version: identity.scorerVersion,
    statistics: statistics && {
      aggregations: statistics.aggregations.map(({ by, kendallTau, order }) => ({
        by,
        kendall_tau: kendallTau,
        order,
      })),
      cases: statistics.cases,
      lines: statistics.lines,
      resamples: statistics.resamples,
      seed: statistics.seed,
    },
    lines,
  });
  return { json, sha256: createHash("sha256").update(json).digest("hex") };
}

function exported({ line, displayName }: NamedLine, rank: number): unknown {
  return {
    rank,
    display_name: displayName,
    submission_id: line.submissionId,
    submitted_at: new Date(line.submittedAt).toISOString(),
    score: line.score,
    submissions: line.submissions,
    interval: line.intervalLow === null ? null : { low: line.intervalLow, high: line.intervalHigh },
    rank_interval: line.rankLow === null ? null : { low: line.rankLow, high: line.rankHigh },
    first_probability: line.firstProbability,
    tier: line.tier,
  };
}

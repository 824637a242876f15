import type { Competition, CompetitionDetails } from "@medforge/contracts/competitions";
import { assert } from "@medforge/core/assert";
import type { Competition as Row } from "@medforge/db/queries/competitions";
import { factsOf, type Manifest } from "@medforge/scoring";

import type { PublicFile } from "../../competitions/public-files.ts";
import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";
import { nextUtcDay, utcDay } from "../submissions/day.ts";
import { manifestOf } from "../submissions/manifest.ts";
import { bytesMax } from "../submissions/submit.ts";

/** Named key by key: what a manifest says of its holdout stays behind. */

export async function competitionsOnWire(
  deps: Pick<Deps, "db">,
  competitions: readonly Row[],
): Promise<Competition[]> {
  const sizes = await deps.db.boards.sizes(competitions.map(({ boardIdentityId }) => boardIdentityId));
  const sizeOf = new Map(sizes.map(({ identityId, ...size }) => [identityId, size]));
  return competitions.map((row) => {
    const manifest = manifestOf(row);
    const primary = manifest.metrics.find((entry) => entry.primary);
    assert(primary !== undefined, "a valid manifest has a primary metric");
    return {
      ...shown(row, manifest, sizeOf.get(row.boardIdentityId)),
      primary_metric: metricOnWire(primary),
    };
  });
}

export async function detailsOnWire(
  deps: Pick<Deps, "db" | "clock" | "config">,
  row: Row,
  files: readonly PublicFile[],
  userId: string,
): Promise<CompetitionDetails> {
  const manifest = manifestOf(row);
  const now = deps.clock.now();
  const [size] = await deps.db.boards.sizes([row.boardIdentityId]);
  const used = await deps.db.submissionDays.used({ competitionId: row.id, userId, day: utcDay(now) });
  return {
    ...shown(row, manifest, size),
    description: manifest.description,
    metrics: manifest.metrics.map(metricOnWire),
    id_column: manifest.idColumn,
    target_columns: [...manifest.targetColumns],
    classes: manifest.classes,
    labels: manifest.labels === null ? null : [...manifest.labels],
    empty_cases: manifest.emptyCases,
    missing_cases: manifest.missingCases,
    geometry_tolerance_mm: manifest.geometryToleranceMm,
    evaluation_split_version: manifest.evaluationSplitVersion,
    scoring_mode: manifest.scoringMode,
    leaderboard_rule: manifest.leaderboardRule,
    evaluation_policy: manifest.evaluationPolicy,
    limits: {
      file_bytes_max: bytesMax(deps, manifest),
      expanded_bytes_max: manifest.limits.expandedBytesMax,
      cases_max: manifest.limits.casesMax,
      voxels_max: manifest.limits.voxelsMax,
    },
    owners_see_cases: manifest.ownersSeeCases,
    displayed_decimals: manifest.displayedDecimals,
    rescoring: row.targetIdentityId !== row.boardIdentityId,
    remaining_today: row.retiredAt === null ? Math.max(0, manifest.submissionsPerDayMax - used) : 0,
    resets_at: instantText(nextUtcDay(now)),
    sample_submission: files.find(({ name }) => /^sample_submission\.(csv|zip)$/.test(name)) ?? null,
    ids: files.find(({ name }) => name === "ids.csv") ?? null,
  };
}

function shown(
  row: Row,
  manifest: Manifest,
  size: Competition["board"] = { users: 0, submissions: 0 },
): Omit<Competition, "primary_metric"> {
  return {
    slug: row.slug,
    title: row.title,
    task: manifest.task,
    dataset_slug: row.datasetSlug,
    submissions_per_day_max: manifest.submissionsPerDayMax,
    labels_publicly_known: manifest.labelsPubliclyKnown,
    board: { users: size.users, submissions: size.submissions },
    created_at: instantText(row.createdAt),
    retired_at: instantOrNull(row.retiredAt),
  };
}

function metricOnWire(entry: Manifest["metrics"][number]): Competition["primary_metric"] {
  const facts = factsOf(entry.name, entry.version);
  assert(facts !== undefined, "a valid manifest names metrics of the catalogue");
  return {
    key: entry.key,
    name: entry.name,
    version: entry.version,
    primary: entry.primary,
    direction: entry.direction,
    unit: facts.unit,
    definition: facts.definition,
    empty: facts.empty,
    source: facts.source,
    parameters: Object.fromEntries(
      Object.entries(entry.parameters).map(([name, value]) => [
        name,
        typeof value === "object" ? [...value] : value,
      ]),
    ),
  };
}

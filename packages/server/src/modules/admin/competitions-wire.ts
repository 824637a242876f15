import type { AdminCompetition, CompetitionCheck } from "@medforge/contracts/admin-competitions";
import { assert } from "@medforge/core/assert";
import type { Competition } from "@medforge/db/queries/competitions";

import type { CheckedBundle } from "../../competitions/check.ts";
import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";

/** For organisers. The holdout's hash stays where the holdout is. */
export async function adminCompetitionsOnWire(
  deps: Pick<Deps, "db">,
  competitions: readonly Competition[],
): Promise<AdminCompetition[]> {
  const versions = await deps.db.scoreIdentities.versions(
    competitions.map(({ targetIdentityId }) => targetIdentityId),
  );
  const byId = new Map(versions.map((one) => [one.id, one]));
  return competitions.map((one) => {
    const target = byId.get(one.targetIdentityId);
    assert(target !== undefined, "a competition's target is an identity");
    return {
      slug: one.slug,
      title: one.title,
      exposure: one.exposure,
      dataset_slug: one.datasetSlug,
      scorer_version: target.scorerVersion,
      metric_versions: target.metricVersions,
      rescoring: one.targetIdentityId !== one.boardIdentityId,
      created_at: instantText(one.createdAt),
      updated_at: instantText(one.updatedAt),
      retired_at: instantOrNull(one.retiredAt),
    };
  });
}

export function checkOnWire({ manifest, cases, board, notices }: CheckedBundle): CompetitionCheck {
  return {
    slug: manifest.slug,
    title: manifest.title,
    exposure: manifest.exposure === "external" ? "EXTERNAL" : "INTERNAL",
    task: manifest.task,
    cases,
    board: board.map(({ rank, entry, score, components }) => ({
      rank,
      entry,
      score,
      components: components.map(({ key, name, version, direction, unit, value }) => ({
        key,
        name,
        version,
        direction,
        unit,
        value,
      })),
    })),
    notices: [...notices],
  };
}

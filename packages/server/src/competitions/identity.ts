import { createHash } from "node:crypto";

import { assert } from "@medforge/core/assert";
import type { Tables } from "@medforge/db/database";
import { isDuplicate } from "@medforge/db/faults";
import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import { type Manifest, packageVersion } from "@medforge/scoring";

import { type Deps, newId } from "../deps.ts";

/** What a score depends on beside the submission's bytes, as far as it is the organiser's. */
export interface Rules {
  /** The manifest's bytes and what they say. */
  readonly text: string;
  readonly manifest: Manifest;
  readonly holdoutSha256: string;
  readonly publicSha256: string;
}

/** The identity that this version of the scorer computes for these rules; made if there is none yet. */
export async function identityFor(
  deps: Pick<Deps, "clock" | "randomBytes">,
  tx: Pick<Tables, "scoreIdentities">,
  rules: Rules,
): Promise<ScoreIdentity> {
  const key = {
    competitionSlug: rules.manifest.slug,
    manifestSha256: createHash("sha256").update(rules.text).digest("hex"),
    holdoutSha256: rules.holdoutSha256,
    publicSha256: rules.publicSha256,
    scorerVersion: packageVersion,
    metricVersions: metricVersionsText(rules.manifest.metrics),
  };
  const known = await tx.scoreIdentities.like(key);
  if (known !== undefined) return known;
  const made: ScoreIdentity = {
    ...key,
    id: newId(deps),
    manifest: rules.text,
    direction: primaryOf(rules.manifest).direction,
    createdAt: deps.clock.now(),
  };
  try {
    await tx.scoreIdentities.add(made);
    return made;
  } catch (error) {
    const others = isDuplicate(error, "score_identities_what")
      ? await tx.scoreIdentities.like(key)
      : undefined;
    if (others === undefined) throw error;
    return others;
  }
}

export function primaryOf(manifest: Manifest): Manifest["metrics"][number] {
  const primary = manifest.metrics.find((entry) => entry.primary);
  assert(primary !== undefined, "a valid manifest has a primary metric");
  return primary;
}

const METRIC_VERSIONS_MAX = 500;

/** `dice=dice-v1,hd95=hd95-v1`, by key. Of more metrics than the column holds: the SHA-256 of that. */
export function metricVersionsText(
  metrics: readonly { readonly key: string; readonly version: string }[],
): string {
  const listed = metrics
    .map(({ key, version }) => `${key}=${version}`)
    .sort()
    .join(",");
  return listed.length <= METRIC_VERSIONS_MAX
    ? listed
    : `sha256:${createHash("sha256").update(listed).digest("hex")}`;
}

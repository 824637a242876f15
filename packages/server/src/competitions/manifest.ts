import type { FieldError } from "@medforge/core/errors";
import {
  isOlderForm,
  type Manifest,
  parseManifest,
  parseOlderManifest,
  withOlderManifest,
} from "@medforge/scoring";

import { scoringFault } from "./faults.ts";

export const MANIFEST_FILE = "competition.json";
/** The strict form of seven keys, which an older platform knew as the whole manifest. */
export const OLDER_FILE = "manifest.json";

export interface ReadManifest {
  /** What `parseManifest` reads; the very bytes of competition.json unless an older form replaces keys of it. */
  readonly text: string;
  readonly manifest: Manifest;
}

/** The manifest of a bundle, or all of its faults. @param older the text of a manifest.json beside it */
export function readManifest(text: string, older: string | undefined): ReadManifest | readonly FieldError[] {
  if (isOlderForm(jsonOf(text))) {
    const message = `This is the older form of seven keys. Call it ${OLDER_FILE}, and say everything else in a ${MANIFEST_FILE} beside it.`;
    return [{ path: "", entry: MANIFEST_FILE, message }];
  }
  const read = parseManifest(text);
  const own = read.ok ? [] : read.faults.map((fault) => scoringFault(fault, MANIFEST_FILE));
  if (older === undefined) return read.ok ? { text, manifest: read.value } : own;
  const seven = parseOlderManifest(older);
  if (!read.ok || !seven.ok) {
    return [...own, ...(seven.ok ? [] : seven.faults.map((fault) => scoringFault(fault, OLDER_FILE)))];
  }
  const both = withOlderManifest(read.value, seven.value);
  if (!both.ok) return both.faults.map((fault) => scoringFault(fault, OLDER_FILE));
  const { evaluationSplitVersion, scoringMode, leaderboardRule, evaluationPolicy, expectedRows } = both.value;
  const written = rewritten(text, {
    evaluation_split_version: evaluationSplitVersion,
    scoring_mode: scoringMode,
    leaderboard_rule: leaderboardRule,
    evaluation_policy: evaluationPolicy,
    expected_rows: expectedRows,
  });
  return { text: written, manifest: both.value };
}

/** For people: the same rules without what they say of the holdout. Rows that only it has are not counted. */
export function publicManifest(text: string, cases: number): string {
  return rewritten(text, { holdout_sha256: undefined, expected_rows: cases });
}

function rewritten(text: string, keys: Readonly<Record<string, unknown>>): string {
  const json = jsonOf(text);
  return `${JSON.stringify({ ...(typeof json === "object" ? json : {}), ...keys }, null, 2)}\n`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

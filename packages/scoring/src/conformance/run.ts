import { differencesFrom, type Result } from "./checks.ts";
import { binarySuite, multiclassSuite } from "./classification.ts";
import { cocoSuite, frocSuite, rsnaSuite } from "./detection.ts";
import { cIndexSuite, regressionSuite } from "./regression.ts";
import type { Outcome, Suite, VectorCase, VectorFiles } from "./suite.ts";

/** Every file of the vectors, and how its cases are computed. */
export const suites: readonly Suite[] = [
  binarySuite,
  multiclassSuite,
  rsnaSuite,
  frocSuite,
  cocoSuite,
  regressionSuite,
  cIndexSuite,
];

export interface CaseReport {
  readonly file: string;
  readonly id: string;
  /** Empty if the case passed. */
  readonly differences: readonly string[];
  /** What was computed; nothing where the case was to be refused. */
  readonly got?: Result;
}

/** Computes every case and compares it; a case that throws has failed, and the rest goes on. */
export async function* conformance(files: VectorFiles): AsyncGenerator<CaseReport> {
  for (const suite of suites) {
    const text = new TextDecoder().decode(await files.bytes(suite.file));
    const cases: readonly VectorCase[] = JSON.parse(text).cases;
    for (const [index, one] of cases.entries()) {
      yield await report(suite, { ...one, id: one.id ?? `#${index}` }, files);
    }
  }
}

async function report(suite: Suite, one: VectorCase, files: VectorFiles): Promise<CaseReport> {
  const place = { file: suite.file, id: one.id };
  let outcome: Outcome;
  try {
    outcome = await suite.check(one, files);
  } catch (error) {
    return { ...place, differences: [error instanceof Error ? `${error.name}: ${error.message}` : String(error)] };
  }
  if ("failure" in outcome) return { ...place, differences: outcome.failure === "" ? [] : [outcome.failure] };
  const { expected, got, tolerance } = outcome;
  return { ...place, differences: differencesFrom(expected, got, tolerance), got };
}

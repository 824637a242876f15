import { bratsSuite } from "./brats.ts";
import { differencesFrom, type Result } from "./checks.ts";
import { binarySuite, multiclassSuite } from "./classification.ts";
import { clDiceSuite } from "./cldice.ts";
import { cocoSuite, frocSuite, rsnaSuite } from "./detection.ts";
import { instanceMapsSuite, instancesSuite } from "./instances.ts";
import { invalidSuite } from "./invalid.ts";
import { ioSuite } from "./io.ts";
import { cIndexSuite, regressionSuite } from "./regression.ts";
import { segmentationSuite } from "./segmentation.ts";
import type { Outcome, Suite, Surroundings, VectorCase } from "./suite.ts";

/** Every file of the vectors, and how its cases are computed. */
export const suites: readonly Suite[] = [
  segmentationSuite,
  instancesSuite,
  instanceMapsSuite,
  bratsSuite,
  clDiceSuite,
  binarySuite,
  multiclassSuite,
  rsnaSuite,
  frocSuite,
  cocoSuite,
  regressionSuite,
  cIndexSuite,
  ioSuite,
  invalidSuite,
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
export async function* conformance(surroundings: Surroundings): AsyncGenerator<CaseReport> {
  for (const suite of suites) {
    const text = new TextDecoder().decode(await surroundings.files.bytes(suite.file));
    const cases: readonly VectorCase[] = JSON.parse(text).cases;
    for (const [index, one] of cases.entries()) {
      yield await report(suite, { ...one, id: one.id ?? `#${index}` }, surroundings);
    }
  }
}

async function report(suite: Suite, one: VectorCase, surroundings: Surroundings): Promise<CaseReport> {
  const place = { file: suite.file, id: one.id };
  let outcome: Outcome;
  try {
    outcome = await suite.check(one, surroundings);
  } catch (error) {
    return {
      ...place,
      differences: [error instanceof Error ? `${error.name}: ${error.message}` : String(error)],
    };
  }
  if ("failure" in outcome)
    return { ...place, differences: outcome.failure === undefined ? [] : [outcome.failure] };
  const { expected, got, tolerance } = outcome;
  return { ...place, differences: differencesFrom(expected, got, tolerance), got };
}

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
import type { Outcome, Suite, Surroundings, VectorCase, VectorFiles } from "./suite.ts";

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
  /** What was computed, or the code of the fault where it was refused; nothing after an error of our own. */
  readonly got?: Result;
}

/** Computes every case and compares it; a case that throws has failed, and the rest goes on. */
export async function* conformance(surroundings: Surroundings): AsyncGenerator<CaseReport> {
  for (const suite of suites) {
    for (const one of await vectorCases(surroundings.files, suite.file)) {
      yield await report(suite, one, surroundings);
    }
  }
}

/** The cases of one file; those without a name are called by their place. */
export async function vectorCases(files: VectorFiles, file: string): Promise<VectorCase[]> {
  const cases: readonly VectorCase[] = JSON.parse(new TextDecoder().decode(await files.bytes(file))).cases;
  return cases.map((one, index) => ({ ...one, id: one.id ?? `#${index}` }));
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
  const { got } = outcome;
  if ("failure" in outcome)
    return { ...place, differences: outcome.failure === undefined ? [] : [outcome.failure], got };
  const { expected, tolerance } = outcome;
  return { ...place, differences: differencesFrom(expected, got, tolerance), got };
}

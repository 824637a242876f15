import { join } from "node:path";

import { type Ours, timeOurs } from "./ours.ts";
import { row } from "./row.ts";
import { type BenchCase, benchCases, PREDICTION, REFERENCE, SPACING, writeCase } from "./volumes.ts";
import { yardstick, yardstickVersions } from "./yardstick.ts";

interface Yardstick {
  readonly edtMs: number;
  readonly treeMs: number;
  readonly allCoresMs: number;
  readonly hd95: readonly number[];
}

/**
 * From .nii.gz bytes to Dice, HD95, ASSD and NSD of all labels, against two yardsticks of Debian's python3-scipy with
 * masks already in memory: (a) two exact distance transforms over the crop of each label, (b) a k-d tree between the
 * border points found by slicing, on one core as ours and, in brackets, on all. Every time is a median; ours is of runs
 * before and after the yardstick's, so that a machine that gets slower or faster meanwhile does so for both.
 */
export async function compareSurfaces(filter: string, folder: string): Promise<void> {
  console.log(`Yardstick: ${await yardstickVersions()}`);
  console.log(
    "From .nii.gz to all labels' Dice, HD95, ASSD and NSD: medians in ms, the best run in brackets; (b) on one core, and on all.\n" +
      "Memory: the peak of a fresh process over what it had with the kernels loaded, and that in uncompressed volumes × 2.",
  );
  console.log(row(["", "ours", "(a)", "(b)", "× (a)", "× (b)", "plain TS", "its × (a)", "memory"]));
  for (const one of benchCases.filter(({ name }) => name.includes(filter))) {
    await writeCase(one, folder);
    await compareCase(one, folder);
  }
}

async function compareCase(one: BenchCase, folder: string): Promise<void> {
  const zipped = [join(folder, REFERENCE), join(folder, PREDICTION)] as const;
  const once = async () => ({
    wasm: await timeOurs("wasm", zipped),
    plain: one.kind === "close" ? await timeOurs("plain", zipped) : undefined,
  });
  const before = await once();
  const { shape, labels } = one;
  const theirs = await yardstick<Yardstick>(folder, { what: "surfaces", shape, labels, spacing: SPACING });
  const after = await once();
  checkSame(one, before.wasm, theirs);
  const wasm = together(before.wasm, after.wasm);
  const plain = before.plain && after.plain && together(before.plain, after.plain);
  const bytes = 2 * one.shape.reduce((product, n) => product * n, 1);
  const { edtMs, treeMs, allCoresMs } = theirs;
  console.log(
    row([
      one.name,
      `${wasm.medianMs.toFixed(1)} (${wasm.ms.toFixed(1)})`,
      edtMs.toFixed(0),
      `${treeMs.toFixed(0)} (${allCoresMs.toFixed(0)})`,
      (edtMs / wasm.medianMs).toFixed(1),
      `${(treeMs / wasm.medianMs).toFixed(1)} (${(allCoresMs / wasm.medianMs).toFixed(1)})`,
      plain ? plain.medianMs.toFixed(0) : "",
      plain ? (edtMs / plain.medianMs).toFixed(1) : "",
      `${(wasm.peakBytes / 1e6).toFixed(0)} MB, ${(wasm.peakBytes / bytes).toFixed(1)}×`,
    ]),
  );
}

function together(a: Ours, b: Ours): Pick<Ours, "ms" | "medianMs" | "peakBytes"> {
  const all = [...a.allMs, ...b.allMs].sort((p, q) => p - q);
  return {
    ms: Math.min(a.ms, b.ms),
    medianMs: all[all.length >> 1] ?? Number.NaN,
    peakBytes: Math.max(a.peakBytes, b.peakBytes),
  };
}

function checkSame({ name }: BenchCase, ours: Ours, theirs: Yardstick): void {
  for (const [i, mm] of ours.hd95.entries()) {
    // The header's spacing is float32, the yardstick's is not.
    const other = theirs.hd95[i] ?? Number.NaN;
    if (!(Math.abs(mm - other) <= 1e-6 * other)) {
      throw new Error(`${name}: HD95 of label ${i + 1} is ${mm}, by the yardstick ${other}`);
    }
  }
}

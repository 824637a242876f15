import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { buildKernels } from "../build-kernels.ts";
import { child } from "./child.ts";
import { compareChromium } from "./chromium.ts";
import { timeOurs } from "./ours.ts";
import { row } from "./row.ts";
import { type BenchCase, benchCases, PREDICTION, REFERENCE, SPACING, writeCase } from "./volumes.ts";

/**
 * From .nii.gz bytes to Dice, HD95, ASSD and NSD of all labels, against two yardsticks of Debian's python3-scipy with
 * masks already in memory: (a) two exact distance transforms over the crop of each label, (b) a k-d tree between the
 * border points found by slicing, on one core as ours and, in brackets, on all. Ours runs in a process of its own per
 * case. Each time is the best of several: other programs only ever add to it; the median is printed beside.
 */
interface Yardstick {
  readonly edtMs: number;
  readonly treeMs: number;
  readonly allCoresMs: number;
  readonly hd95: readonly number[];
}

async function compare(filter: string): Promise<void> {
  await buildKernels();
  const folder = await mkdtemp(join(tmpdir(), "medforge-bench-"));
  try {
    console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Bun ${Bun.version}`);
    console.log(
      row(["case", "ours ms", "median", "(a) ms", "(b) ms", "× (a)", "× (b)", "plain × (a)", "memory"]),
    );
    for (const one of benchCases.filter(({ name }) => name.includes(filter))) await compareCase(one, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compareCase(one: BenchCase, folder: string): Promise<void> {
  const { reference, prediction } = await writeCase(one, folder);
  const raw = [join(folder, "reference.raw"), join(folder, "prediction.raw")] as const;
  const files = [join(folder, REFERENCE), join(folder, PREDICTION)] as const;
  await writeFile(raw[0], reference);
  await writeFile(raw[1], prediction);
  const wasm = await timeOurs("wasm", files);
  const plain = one.kind === "close" ? await timeOurs("plain", files) : undefined;
  const repeats = one.shape[0] > 256 ? 1 : 2;
  const job = { shape: one.shape, spacing: SPACING, labels: one.labels, repeats };
  const yardstick = await child<Yardstick>(
    ["python3", join(import.meta.dirname, "yardstick.py")],
    JSON.stringify({ ...job, reference: raw[0], prediction: raw[1] }),
  );
  for (const [i, mm] of wasm.hd95.entries()) {
    // The header's spacing is float32, the yardstick's is not.
    const other = yardstick.hd95[i] ?? Number.NaN;
    if (!(Math.abs(mm - other) <= 1e-6 * other)) {
      throw new Error(`${one.name}: HD95 of label ${i + 1} is ${mm}, by the yardstick ${other}`);
    }
  }
  const volumes = 2 * reference.length;
  console.log(
    row([
      one.name,
      wasm.ms.toFixed(1),
      wasm.medianMs.toFixed(1),
      yardstick.edtMs.toFixed(0),
      `${yardstick.treeMs.toFixed(0)} (${yardstick.allCoresMs.toFixed(0)})`,
      (yardstick.edtMs / wasm.ms).toFixed(1),
      `${(yardstick.treeMs / wasm.ms).toFixed(1)} (${(yardstick.allCoresMs / wasm.ms).toFixed(1)})`,
      plain ? (yardstick.edtMs / plain.ms).toFixed(1) : "",
      `${(wasm.peakBytes / 1e6).toFixed(0)} MB, ${(wasm.peakBytes / volumes).toFixed(1)}×`,
    ]),
  );
}

const filter = process.argv[2] ?? "";
await compare(filter);
await compareChromium(filter);

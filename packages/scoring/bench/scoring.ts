import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { buildKernels } from "../build-kernels.ts";
import { gzip } from "../src/images/gzip.ts";
import { readMask } from "../src/images/mask.ts";
import { writeNifti } from "../src/images/write-nifti.ts";
import { Workspace } from "../src/kernels/workspace.ts";
import { release } from "../src/platform.ts";
import { type BenchCase, benchCases, benchPair, SPACING } from "./volumes.ts";

/**
 * From .nii.gz bytes to Dice, HD95, ASSD and NSD of all labels, against two yardsticks of Debian's python3-scipy with
 * masks already in memory: (a) two exact distance transforms over the crop of each label, (b) a k-d tree between the
 * border points found by slicing, on one core as ours and, in brackets, on all. Ours runs in a process of its own per case. Each time is
 * the best of several: other programs only ever add to it; the median is printed beside.
 */
const REPEATS = { wasm: 9, plain: 3 } as const;
const TOLERANCES_MM = [1, 2];

interface Ours {
  readonly ms: number;
  readonly medianMs: number;
  /** More than before the first file was read. */
  readonly peakBytes: number;
  readonly hd95: readonly number[];
}

interface Yardstick {
  readonly edtMs: number;
  readonly treeMs: number;
  readonly allCoresMs: number;
  readonly hd95: readonly number[];
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === "--ours") await measure(rest[0] === "plain" ? "plain" : "wasm", rest[1] ?? "", rest[2] ?? "");
else await compare(mode ?? "");

async function measure(engine: "plain" | "wasm", reference: string, prediction: string): Promise<void> {
  const before = await memory("VmRSS");
  const files = [await readFile(reference), await readFile(prediction)].map((file) => new Uint8Array(file));
  const [first = new Uint8Array(), second = new Uint8Array()] = files;
  const workspace = await Workspace.create({ engine });
  const times: number[] = [];
  let hd95: number[] = [];
  for (let i = 0; i < REPEATS[engine]; i++) {
    const start = performance.now();
    const [a, b] = [await readMask(first), await readMask(second)];
    workspace.load({ shape: a.shape, reference: a.labels, prediction: b.labels });
    release(new Uint8Array(a.labels.buffer));
    release(new Uint8Array(b.labels.buffer));
    const scores = workspace.score({ spacing: a.spacing, tolerances: TOLERANCES_MM });
    times.push(performance.now() - start);
    hd95 = scores.map((score) => score.surface.voxel?.hdp["95"] ?? Number.NaN);
  }
  const sorted = times.sort((p, q) => p - q);
  const ours: Ours = {
    ms: sorted[0] ?? Number.NaN,
    medianMs: sorted[sorted.length >> 1] ?? Number.NaN,
    peakBytes: (await memory("VmHWM")) - before,
    hd95,
  };
  console.log(JSON.stringify(ours));
}

async function memory(field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return 1024 * Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1] ?? Number.NaN);
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
  const { reference, prediction } = benchPair(one);
  const raw = [join(folder, "reference.raw"), join(folder, "prediction.raw")] as const;
  const files = [join(folder, "reference.nii.gz"), join(folder, "prediction.nii.gz")] as const;
  for (const [i, voxels] of [reference, prediction].entries()) {
    await writeFile(raw[i] ?? "", voxels);
    const image = writeNifti({ voxels, shape: one.shape, spacing: SPACING });
    await writeFile(files[i] ?? "", await gzip(image));
  }
  const wasm = await child<Ours>([process.execPath, import.meta.path, "--ours", "wasm", ...files]);
  const plain =
    one.kind === "close"
      ? await child<Ours>([process.execPath, import.meta.path, "--ours", "plain", ...files])
      : undefined;
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

async function child<Answer>(argv: string[], input = ""): Promise<Answer> {
  const run = Bun.spawn(argv, { stdin: new Blob([input]), stdout: "pipe", stderr: "inherit" });
  const text = await new Response(run.stdout).text();
  if ((await run.exited) !== 0) throw new Error(`${argv[0]} ended with ${run.exitCode}`);
  return JSON.parse(text) as Answer;
}

function row(cells: readonly string[]): string {
  const [name = "", ...numbers] = cells;
  return name.padEnd(36) + numbers.map((cell) => cell.padStart(13)).join("");
}

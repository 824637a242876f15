/**
 * `bun run bench:scoring --only tables`: the table metrics against yardsticks on the same data in the same run.
 * AUROC: scikit-learn's roc_auc_score, if `MEDFORGE_BENCH_PYTHON` (or Debian's own python3) has it. C-index: a comparator sort and
 * one Fenwick tree, what one would write first. RSNA mAP: the community kernel's loops over NumPy-free Python lists.
 * CSV: in megabytes a second, read and validated.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { auroc } from "../src/metrics/auroc.ts";
import type { ScoredBoxes } from "../src/metrics/boxes.ts";
import { cIndex } from "../src/metrics/c-index.ts";
import { mapIou, mapIouV1, mapIouV2 } from "../src/metrics/map-iou.ts";
import { type SeededRandom, seededRandom } from "../src/statistics/random.ts";
import { IdIndex } from "../src/tables/ids.ts";
import { parseTable } from "../src/tables/table.ts";
import { naiveCIndex } from "./naive-c-index.ts";

interface Timing {
  readonly value: number;
  readonly medianMs: number;
  readonly leastMs: number;
  /** Least processor time of a run: what is left to look at where others use the machine too. */
  readonly processorMs?: number;
}

function timed(runs: number, run: () => number): Timing {
  const times: number[] = [];
  let value = Number.NaN;
  let processorMs = Infinity;
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    const start = performance.now();
    value = run();
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processorMs = Math.min(processorMs, (user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { value, medianMs: times[runs >> 1] ?? Number.NaN, leastMs: times[0] ?? Number.NaN, processorMs };
}

/** Runs a yardstick of bench/yardsticks.py on files of columns; nothing if Python or its packages are not there. */
function python(yardstick: string, columns: Record<string, Uint8Array | Float64Array>): Timing | undefined {
  const folder = mkdtempSync(join(tmpdir(), "medforge-bench-"));
  try {
    for (const [name, column] of Object.entries(columns)) writeFileSync(join(folder, name), column);
    const script = join(import.meta.dirname, "yardsticks.py");
    const command = process.env.MEDFORGE_BENCH_PYTHON ?? "/usr/bin/python3";
    const { status, stdout, stderr } = spawnSync(command, [script, yardstick, folder], {
      encoding: "utf8",
      timeout: 300_000,
    });
    if (status === 0) return JSON.parse(stdout);
    console.log(`  ${yardstick}: not measured, ${stderr?.trim().split("\n").at(-1) ?? "no Python"}`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function report(
  name: string,
  ours: Timing,
  goalMs: number,
  yardstick: string,
  theirs: Timing | undefined,
): void {
  const met = ours.medianMs < goalMs ? "met" : "MISSED";
  console.log(
    `${name}: ${ours.medianMs.toFixed(0)} ms (least ${ours.leastMs.toFixed(0)}, processor ${ours.processorMs?.toFixed(0)}), goal ${goalMs} ms ${met}`,
  );
  if (theirs === undefined) return;
  const ratio = theirs.medianMs / ours.medianMs;
  const difference = Math.abs(theirs.value - ours.value);
  console.log(
    `  ${yardstick}: ${theirs.medianMs.toFixed(0)} ms, ${ratio.toFixed(1)} × ours; values differ by ${difference}`,
  );
}

function benchAuroc(random: SeededRandom): void {
  const n = 10_000_000;
  const labels = new Uint8Array(n);
  const scores = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const label = random.below(10) < 3 ? 1 : 0;
    labels[i] = label;
    scores[i] = (random.unit() + random.unit() + 0.3 * label) / 2.3;
  }
  const ours = timed(7, () => auroc(labels, scores));
  report("AUROC, 10,000,000 rows", ours, 350, "scikit-learn", python("auroc", { labels, scores }));
  const crowded = {
    "crowded near 0": scores.map((score) => score ** 30),
    "two in three exactly 0": scores.map((score) => (score < 0.65 ? 0 : score)),
    "near 0 and near 1": scores.map((score) => (score < 0.5 ? score ** 30 : 1 - (1 - score) ** 30)),
    "three decimals": scores.map((score) => Math.round(score * 1000) / 1000),
    "as logits": scores.map((score) => Math.log(score / (1 - score))),
  };
  for (const [name, own] of Object.entries(crowded)) {
    const theirs = name === "crowded near 0" ? python("auroc", { labels, scores: own }) : undefined;
    report(
      `AUROC, the same, ${name}`,
      timed(5, () => auroc(labels, own)),
      350,
      "scikit-learn",
      theirs,
    );
  }
}

function benchCIndex(random: SeededRandom): void {
  const n = 1_000_000;
  const risks = Float64Array.from({ length: n }, () => random.below(1_000_000) / 1_000_000);
  const times = risks.map((risk) => Math.floor(random.unit() * 5000 * (1.5 - risk)));
  const events = Uint8Array.from(risks, () => (random.below(10) < 6 ? 1 : 0));
  const ours = timed(7, () => cIndex(times, events, risks));
  const naive = timed(1, () => naiveCIndex(times, events, risks));
  report("C-index, 1,000,000 rows", ours, 600, "comparator sort and one Fenwick tree", naive);
}

function benchMapIou(random: SeededRandom): void {
  const images = 26_000;
  const box = (image: number) => [
    image,
    random.below(700),
    random.below(700),
    50 + random.below(250),
    50 + random.below(250),
  ];
  const truth: number[][] = [];
  const predicted: number[][] = [];
  while (truth.length + predicted.length < 60_000) {
    const row = box(random.below(images));
    if (random.below(2) === 0) truth.push(row);
    // half of the predictions are a truth box, moved a little
    const [image = 0, x = 0, y = 0, width = 1, height = 1] =
      random.below(2) === 0 ? row : box(random.below(images));
    predicted.push([image, x + random.below(40), y + random.below(40), width, height, random.unit()]);
  }
  const columns = (rows: number[][]): ScoredBoxes => {
    const column = (at: number) => Float64Array.from(rows, (row) => row[at] ?? 0);
    return {
      image: column(0),
      x: column(1),
      y: column(2),
      width: column(3),
      height: column(4),
      score: column(5),
    };
  };
  const [a, b] = [columns(truth), columns(predicted)];
  const name = `RSNA mAP, ${images} images, ${truth.length} + ${predicted.length} boxes`;
  report(
    `${name}, v1`,
    timed(9, () => mapIou(a, b, images, mapIouV1).value),
    150,
    "",
    undefined,
  );
  report(
    `${name}, v2`,
    timed(9, () => mapIou(a, b, images, mapIouV2).value),
    150,
    "",
    undefined,
  );
  const community = { ...mapIouV2, comparison: "at-least", matching: "reference" } as const;
  report(
    `${name}, as the community kernel`,
    timed(9, () => mapIou(a, b, images, community).value),
    150,
    "community kernel in Python",
    python("rsna", {
      truth: Float64Array.from(truth.flat()),
      predicted: Float64Array.from(predicted.flat()),
    }),
  );
}

const number = { kind: "number" } as const;

function benchCsv(random: SeededRandom): void {
  const rows = 1_000_000;
  const goalMbPerSecond = 150;
  const ids = Array.from({ length: rows }, (_, i) => `patient-${(i * 7919) % rows}`);
  const known = new IdIndex(ids);
  const columns = {
    patientId: { kind: "id", known },
    confidence: { kind: "number", min: 0, max: 1 },
    x: number,
    y: number,
    width: number,
    height: number,
  } as const;
  for (const [name, order] of [
    ["in the order of the ids", ids],
    ["shuffled", shuffled(ids, random)],
  ] as const) {
    const file = csvFile(Object.keys(columns), order, random);
    // What made the file is no part of reading it.
    Bun.gc(true);
    const { medianMs, leastMs, processorMs } = timed(7, () => {
      const table = parseTable(file, { columns });
      if (table.faultsTotal > 0) throw new Error(JSON.stringify(table.faults[0]));
      return table.rows;
    });
    const speed = (ms: number) => Math.round(file.length / 1000 / ms);
    const met = speed(medianMs) > goalMbPerSecond ? "met" : "MISSED";
    console.log(
      `CSV, ${rows} rows × 6, ${name}: ${(file.length / 1e6).toFixed(0)} MB in ${medianMs.toFixed(0)} ms (least ${leastMs.toFixed(0)}, processor ${processorMs?.toFixed(0)}), ${speed(medianMs)} MB/s (best ${speed(leastMs)}), goal ${goalMbPerSecond} ${met}`,
    );
  }
}

function shuffled(ids: readonly string[], random: SeededRandom): string[] {
  const order = [...ids];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other] ?? "", order[at] ?? ""];
  }
  return order;
}

/** A submission of the RSNA kind: an id, a confidence of 16 to 18 digits and a box with two decimals. */
function csvFile(names: readonly string[], ids: readonly string[], random: SeededRandom): Uint8Array {
  const side = () => (random.unit() * 900).toFixed(2);
  const lines = ids.map((id) => `${id},${random.unit()},${side()},${side()},${side()},${side()}\n`);
  return new TextEncoder().encode(`${names.join()}\n${lines.join("")}`);
}

const random = seededRandom("bench tables");
benchCsv(random);
benchAuroc(random);
benchCIndex(random);
benchMapIou(random);

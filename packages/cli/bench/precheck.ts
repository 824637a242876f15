import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openChromium } from "@medforge/chromium/chromium";
import {
  bytesSource,
  geometryOf,
  gzip,
  parseManifest,
  precheck,
  publicIds,
  readNiftiHeader,
  writeNifti,
} from "@medforge/scoring";
import { serveFolders } from "@medforge/scoring/testing/static-server";
import { zipSync } from "fflate";
import type { Page } from "playwright-core";

import { CHECKOUT } from "../src/host/places.ts";
import { ensureSite } from "../src/host/site.ts";
import { table } from "../src/progress.ts";

/**
 * `bun run bench:precheck`: a zip of 24 masks of 256×256×128 voxels, checked before it is submitted. In Chromium by the
 * worker of the built portal, from a file that was chosen on a page, counted from the moment the worker is started; in
 * Bun by the same package. In turns, in one run. The goal is twice Bun's time.
 */

const CASES = 24;
const SHAPE = [256, 256, 128] as const;
const SPACING = [0.8, 0.8, 1.5] as const;
const ROUNDS = 5;
const RATIO_MAX = 2;

interface Texts {
  readonly manifest: string;
  readonly ids: string;
  readonly geometry: string;
}

/** A liver-sized body whose surface no compressor foresees: about as large as masks of people are. */
function body(seed: number): Uint8Array {
  const [nx, ny, nz] = SHAPE;
  const voxels = new Uint8Array(nx * ny * nz);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const [fy, fz] = [(y - ny / 2 - seed) / 70, (z - nz / 2) / 42];
      const rest = 1 - fy * fy - fz * fz;
      if (rest <= 0) continue;
      const half = 80 * Math.sqrt(rest) + 4 * Math.sin((y * (7 + seed)) / 9) * Math.cos((z * 5) / 3);
      const from = (z * ny + y) * nx + nx / 2;
      voxels.fill(1 + (seed % 2), from - Math.round(half), from + Math.round(half));
    }
  }
  return voxels;
}

async function writeZip(path: string): Promise<Texts> {
  const files: Record<string, Uint8Array> = {};
  const geometry: Record<string, object> = {};
  for (let at = 0; at < CASES; at++) {
    const id = `case-${String(at).padStart(2, "0")}`;
    const image = writeNifti({ voxels: body(at), shape: SHAPE, spacing: SPACING });
    geometry[id] = geometryOf(await readNiftiHeader(image));
    files[`${id}.nii.gz`] = await gzip(image);
  }
  await Bun.write(path, zipSync(files, { level: 0 }));
  return {
    manifest: JSON.stringify({
      slug: "bench",
      title: "Bench",
      description: "Made for measuring.",
      exposure: "external",
      dataset_slug: null,
      id_column: "id",
      evaluation_split_version: "v1",
      submissions_per_day_max: 5,
      task: "segmentation-nifti",
      labels: [1, 2],
      expected_rows: CASES,
      metrics: [{ name: "dice", primary: true, direction: "higher-is-better" }],
    }),
    ids: ["id", ...Object.keys(geometry), ""].join("\n"),
    geometry: JSON.stringify(geometry),
  };
}

async function inBun(path: string, texts: Texts): Promise<number> {
  const from = performance.now();
  const manifest = parseManifest(texts.manifest);
  if (!manifest.ok) throw new Error(JSON.stringify(manifest.faults));
  const ids = await publicIds(
    manifest.value,
    bytesSource(new TextEncoder().encode(texts.ids)),
    texts.geometry,
  );
  const { ok, entries } = await precheck(manifest.value, ids, Bun.file(path));
  if (!ok || entries !== CASES) throw new Error(`Bun found ${entries} cases, ok: ${ok}`);
  return performance.now() - from;
}

async function inChromium(page: Page, worker: string, texts: Texts): Promise<number> {
  const { ms, answer } = await page.evaluate(
    ([url, wish]) =>
      new Promise<{ ms: number; answer: string }>((done) => {
        const file = document.querySelector("input")?.files?.[0];
        const from = performance.now();
        const thread = new Worker(url, { type: "module" });
        thread.onerror = ({ message }) => done({ ms: 0, answer: message });
        thread.onmessage = ({ data }) => {
          if (data.is === "progress") return;
          thread.terminate();
          done({
            ms: performance.now() - from,
            answer: `${data.is} ${data.result?.ok} ${data.result?.entries}`,
          });
        };
        thread.postMessage({ ...wish, file, references: undefined });
      }),
    [worker, texts] as const,
  );
  if (answer !== `checked true ${CASES}`) throw new Error(`Chromium: ${answer}`);
  return ms;
}

const median = (times: readonly number[]) =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

await ensureSite(CHECKOUT);
const assets = join(CHECKOUT, "site/dist/assets");
const worker = readdirSync(assets).find((name) => name.startsWith("precheck-worker"));
if (worker === undefined) throw new Error("The built site has no precheck-worker.");
const folder = mkdtempSync(join(tmpdir(), "medforge-bench-"));
try {
  const zip = join(folder, "masks.zip");
  const texts = await writeZip(zip);
  using server = serveFolders({ assets }, { page: '<!doctype html><input type="file">' });
  await using browser = await openChromium();
  const page = await browser.newPage();
  await page.goto(server.url.href);
  await page.locator("input").setInputFiles(zip);
  const times = { bun: [] as number[], chromium: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.bun.push(await inBun(zip, texts));
    times.chromium.push(await inChromium(page, `/assets/${worker}`, texts));
  }
  const ratio = median(times.chromium) / median(times.bun);
  const megabytes = (Bun.file(zip).size / 1e6).toFixed(1);
  console.log(
    `${CASES} masks of ${SHAPE.join("×")}, a zip of ${megabytes} MB; Bun ${Bun.version}, Chromium ${browser.version()}; medians of ${ROUNDS}`,
  );
  console.log(
    table([
      ["", "Bun ms", "Chromium ms", "÷ Bun", `GOAL (≤ ${RATIO_MAX})`],
      [
        "pre-check",
        median(times.bun).toFixed(0),
        median(times.chromium).toFixed(0),
        ratio.toFixed(2),
        ratio <= RATIO_MAX ? "held" : "NOT HELD",
      ],
    ]),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeNifti } from "@medforge/scoring";

import { openHouse } from "../e2e/house.ts";
import { privateDatabase } from "../e2e/private-database.ts";
import { readConfig } from "../src/config.ts";
import { openChallenge, submissionsPath } from "../src/modules/submissions/testing.ts";
import { largeZip } from "./large-zip.ts";

/**
 * What a submission of 2 GiB adds to the memory of the real server process: an archive of 64 masks, streamed by a
 * client, written to disk, hashed, checked and queued. The yardstick is the same bytes hashed and written to the same
 * disk by a plain program.
 */

const ADDED_BYTES_MAX = 100_000_000;
const CASES = 64;
const SHAPE = [512, 512, 128];
const SPACING = [0.7, 0.7, 1.5];
const PIECE_BYTES = 1 << 20;
const GLANCE_MS = 20;

function mask(marked: number): Uint8Array {
  const voxels = new Uint8Array(SHAPE.reduce((product, length) => product * length, 1));
  voxels.fill(1, 0, marked);
  return writeNifti({ voxels, shape: SHAPE, spacing: SPACING });
}

function* pieces(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
  }
}

const BOUNDARY = "medforge-bench";
function* form(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  const text = (words: string) => new TextEncoder().encode(words);
  yield text(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="masks.zip"\r\n\r\n`);
  yield* parts;
  yield text(`\r\n--${BOUNDARY}--\r\n`);
}

function streamOf(parts: Iterable<Uint8Array>, sent: () => void): ReadableStream<Uint8Array> {
  const rest = pieces(parts);
  return new ReadableStream(
    {
      pull(controller) {
        const { done, value } = rest.next();
        if (done !== true) return controller.enqueue(value);
        sent();
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Bytes of resident memory; 0 for a process that is gone. */
function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .trim()
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** The most that the process, and each of its children, ever held while `work` ran. */
async function peaks<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ value: T; own: number; child: number }> {
  let own = 0;
  let child = 0;
  const glance = setInterval(() => {
    own = Math.max(own, residentBytes(pid));
    child = Math.max(child, ...childrenOf(pid).map(residentBytes));
  }, GLANCE_MS);
  try {
    return { value: await work(), own, child };
  } finally {
    clearInterval(glance);
  }
}

/** Hashed and written, by nobody but us. @returns seconds */
async function plainly(path: string, parts: Iterable<Uint8Array>): Promise<number> {
  const from = performance.now();
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for (const piece of pieces(parts)) {
    hash.update(piece);
    await file.write(piece);
  }
  await file.sync();
  await file.close();
  rmSync(path);
  hash.digest();
  return (performance.now() - from) / 1000;
}

/** @returns whether the limit held */
export async function uploadBench(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "mf-up-"));
  const database = await privateDatabase(join(folder, "db"));
  const house = await openHouse({ runtime: "memory", databaseUrl: database.url });
  try {
    const config = readConfig({
      DATABASE_URL: database.url,
      MEDFORGE_STATE_DIR: join(house.folder, "state"),
    });
    const ids = Array.from({ length: CASES }, (_, i) => `case-${String(i).padStart(2, "0")}`);
    const [x, y, z] = SPACING;
    const affine = [
      [x, 0, 0, 0],
      [0, y, 0, 0],
      [0, 0, z, 0],
      [0, 0, 0, 1],
    ];
    const geometry = Object.fromEntries(ids.map((id) => [id, { shape: SHAPE, spacing: SPACING, affine }]));
    const { slug } = await openChallenge(
      { db: house.db, deps: { config } },
      {
        manifest: {
          task: "segmentation-nifti",
          classes: undefined,
          target_columns: undefined,
          labels: [1],
          expected_rows: CASES,
          metrics: [{ name: "dice", primary: true, direction: "higher-is-better" }],
        },
        files: { "ids.csv": `id\n${ids.join("\n")}\n`, "geometry.json": JSON.stringify(geometry) },
      },
    );
    const { url, pid } = house.server();
    const signup = await fetch(`${url}/api/v2/auth/signup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        email: "bench@example.org",
        password: "correct horse battery",
        display_name: "Bench",
      }),
    });
    const cookie = signup.headers.get("set-cookie")?.split(";")[0] ?? "";
    let sentAt = 0;
    const sent = () => {
      sentAt = performance.now();
    };
    const send = async (parts: Iterable<Uint8Array>) => {
      const response = await fetch(`${url}${submissionsPath(slug)}`, {
        method: "POST",
        headers: { cookie, "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
        body: streamOf(form(parts), sent),
      });
      return { status: response.status, text: await response.text() };
    };
    const names = ids.map((id) => `${id}.nii`);
    const content = mask(1000);
    // So that code, connections and the checking process are there before anything is counted.
    const small = await send(largeZip(names.slice(0, 1), content));
    if (small.status !== 422) throw new Error(small.text);
    await Bun.sleep(1_000);
    const before = residentBytes(pid);
    const from = performance.now();
    const { value, own, child } = await peaks(pid, () => send(largeZip(names, content)));
    const receiving = (sentAt - from) / 1000;
    const checking = (performance.now() - sentAt) / 1000;
    if (value.status !== 201) throw new Error(value.text);
    const bytes = (JSON.parse(value.text) as { data: { submission: { file_bytes: number } } }).data.submission
      .file_bytes;
    const yardstick = await plainly(join(house.folder, "plain"), largeZip(names, content));
    return report({ bytes, before, own, child, receiving, checking, yardstick });
  } finally {
    await house.close();
    await database.end();
    rmSync(folder, { recursive: true });
  }
}

function report(of: {
  readonly bytes: number;
  readonly before: number;
  readonly own: number;
  readonly child: number;
  /** Seconds, as all three. */
  readonly receiving: number;
  readonly checking: number;
  readonly yardstick: number;
}): boolean {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const added = of.own - of.before;
  const held = added < ADDED_BYTES_MAX;
  console.log(`\na submission of ${mb(of.bytes)}: ${CASES} masks, received, hashed, checked and queued`);
  console.log(`  server before       ${mb(of.before)}`);
  console.log(`  server at its peak  ${mb(of.own)}`);
  console.log(
    `  added               ${mb(added)}, under ${mb(ADDED_BYTES_MAX)}: ${held ? "held" : "NOT HELD"}`,
  );
  console.log(`  checking process    ${mb(of.child)} at its peak`);
  const times = (of.receiving / of.yardstick).toFixed(1);
  console.log(`  received in ${of.receiving.toFixed(1)} s, ${times} times hashing and writing alone`);
  console.log(`  checked and queued in ${of.checking.toFixed(1)} s more`);
  return held;
}

if (import.meta.main) process.exitCode = (await uploadBench()) ? 0 : 1;

import {
  bytesSource,
  type Holdout,
  type Manifest,
  parseManifest,
  precheck,
  publicIds,
  readTable,
  ScoringError,
  score,
} from "@medforge/scoring";

import type { PrecheckWish, References, WorkerSays } from "./precheck.ts";

/** In a thread of its own: the page stays usable while a gigabyte of masks is read. The file never leaves the machine. */

const HEADER_BYTES_MAX = 65_536;
const say = (message: WorkerSays) => postMessage(message);

self.onmessage = ({ data }: MessageEvent<PrecheckWish>) => {
  work(data).then(say, (error: unknown) => {
    if (error instanceof ScoringError) say({ is: "failed", code: error.code, faults: error.faults });
    // What is not the file's fault is the page's to show. Thrown in a promise it would never reach it.
    else say({ is: "broken", why: String(error) });
  });
};

async function work(wish: PrecheckWish): Promise<WorkerSays> {
  const read = parseManifest(wish.manifest);
  if (!read.ok)
    throw new ScoringError("manifest_conflict", "Reload this page: it is older than the competition.");
  const manifest = read.value;
  const onProgress = (done: number, total: number) => say({ is: "progress", done, total });
  if (wish.references === undefined) {
    const ids = await publicIds(manifest, bytesSource(new TextEncoder().encode(wish.ids)), wish.geometry);
    return { is: "checked", result: await precheck(manifest, ids, wish.file, { onProgress }) };
  }
  const { holdout, rows } = await holdoutOf(manifest, wish.references);
  return {
    is: "scored",
    report: await score({ ...manifest, expectedRows: rows }, holdout, wish.file, { onProgress }),
  };
}

async function holdoutOf(
  manifest: Manifest,
  references: References,
): Promise<{ readonly holdout: Holdout; readonly rows: number }> {
  if ("table" in references)
    return { holdout: { table: references.table }, rows: await rowsOf(references.table) };
  const masks = new Map(references.masks.map((file) => [file.name.replace(/\.nii(\.gz)?$/, ""), file]));
  if (manifest.task !== "segmentation-nifti") {
    throw new ScoringError(
      "holdout_invalid",
      "This competition is measured on a table: choose one CSV file.",
    );
  }
  const read = async (id: string) => {
    const file = masks.get(id);
    if (file === undefined) throw new ScoringError("holdout_invalid", "A reference is gone.");
    return new Uint8Array(await file.arrayBuffer());
  };
  return { holdout: { ids: [...masks.keys()].sort(), read }, rows: masks.size };
}

/** A reference table of one's own has as many rows as it has: there is no manifest that counts them. */
async function rowsOf(table: Blob): Promise<number> {
  const head = await table.slice(0, HEADER_BYTES_MAX).text();
  const names = (head.split(/\r?\n/, 1)[0] ?? "").replace(/^\uFEFF/, "").split(",");
  const columns = Object.fromEntries(
    names.map((name) => [name.replace(/^"|"$/g, ""), { kind: "text" } as const]),
  );
  return (await readTable(table.stream(), { columns, faultsMax: 1 })).rows;
}

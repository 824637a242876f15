import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import type { Manifest } from "@medforge/scoring";
import { listingSha256 } from "@medforge/scoring/holdout-sha256";

import { type FoundDataset, readDataset } from "./dataset-folder.ts";
import { geometryFaults } from "./geometry.ts";
import { MANIFEST_FILE, OLDER_FILE, type ReadManifest, readManifest } from "./manifest.ts";
import { hashFile, isFolder, readTree, type TreeFile } from "./tree.ts";

/** A competition as an organiser hands it in: `competition.json`, `holdout/`, `sample_submission.*`, `public/`, `dataset/`. */

export const HOLDOUT_FOLDER = "holdout";
export const PUBLIC_FOLDER = "public";
export const DATASET_FOLDER = "dataset";
export const IDS_FILE = "ids.csv";
const SAMPLES = ["sample_submission.csv", "sample_submission.zip"] as const;
const TEXT_BYTES_MAX = 1 << 20;
const FOLDER_OF_EVERYTHING = [HOLDOUT_FOLDER, PUBLIC_FOLDER, DATASET_FOLDER];

export interface Bundle {
  readonly folder: string;
  readonly rules: ReadManifest;
  readonly holdout: readonly TreeFile[];
  readonly holdoutSha256: string;
  /** Of `public/`, without its copies of the manifest and the sample; none at all without that folder. */
  readonly shown: readonly TreeFile[];
  readonly sample: TreeFile;
  readonly dataset: FoundDataset | undefined;
  /** What is no fault, and may still not be what was meant. */
  readonly notices: readonly string[];
}

/** Reads everything, changes nothing, measures nothing. @returns the bundle, or all that is wrong with it at once */
export async function readBundle(folder: string): Promise<Bundle | readonly FieldError[]> {
  const faults: FieldError[] = [];
  const rules = kept(await readRules(folder), faults);
  const holdout = await readPart(folder, HOLDOUT_FOLDER, faults);
  const shown = (await readdir(folder)).includes(PUBLIC_FOLDER)
    ? await readPart(folder, PUBLIC_FOLDER, faults)
    : [];
  const sample = kept(await readSample(folder, rules?.manifest), faults);
  const dataset = await readDatasetPart(folder, faults);
  if (holdout !== undefined && rules !== undefined) faults.push(...holdoutFaults(rules.manifest, holdout));
  if (rules !== undefined) faults.push(...datasetFaults(rules.manifest, dataset));
  const hasIds = shown?.some(({ path }) => path === IDS_FILE) ?? true;
  if (rules?.manifest.task === "segmentation-rle" && !hasIds) {
    const message = "is missing: it also has the width and the height of each image";
    faults.push({ path: "", entry: `${PUBLIC_FOLDER}/${IDS_FILE}`, message });
  }
  if (shown?.some(({ path }) => path === "geometry.json"))
    faults.push(...(await geometryFaults(join(folder, PUBLIC_FOLDER))));
  const otherSample = shown?.find(({ path, sha256 }) => path === sample?.path && sha256 !== sample.sha256);
  if (otherSample !== undefined) {
    const message = "is another sample submission than the one beside competition.json";
    faults.push({ path: "", entry: `${PUBLIC_FOLDER}/${otherSample.path}`, message });
  }
  const holdoutSha256 = holdout?.length ? await listingOf(holdout) : "";
  const pinned = rules?.manifest.holdoutSha256 ?? holdoutSha256;
  if (holdoutSha256 !== "" && pinned !== holdoutSha256) faults.push(otherHoldout());
  if (faults.length > 0) return faults;
  if (rules === undefined || holdout === undefined || shown === undefined || sample === undefined)
    return faults;
  return {
    folder,
    rules,
    holdout,
    holdoutSha256,
    shown: shown.filter(({ path }) => path !== MANIFEST_FILE && path !== sample.path),
    sample,
    dataset,
    notices: await noticesOf(folder, rules.manifest, shown),
  };
}

export function listingOf(files: readonly TreeFile[]): Promise<string> {
  return listingSha256(files.map(({ path, sha256 }) => ({ name: path, sha256 })));
}

/** What was read, or nothing with its faults on the list. */
function kept<T>(read: T | readonly FieldError[], faults: FieldError[]): T | undefined {
  if (!Array.isArray(read)) return read as T;
  faults.push(...read);
  return undefined;
}

async function readRules(folder: string): Promise<ReadManifest | readonly FieldError[]> {
  const text = await textOf(folder, MANIFEST_FILE);
  const older = await textOf(folder, OLDER_FILE);
  if (text === undefined) return [{ path: "", entry: MANIFEST_FILE, message: "is missing" }];
  const unreadable = [text, older].filter((one) => one !== undefined && typeof one !== "string");
  if (typeof text !== "string" || (older !== undefined && typeof older !== "string"))
    return unreadable as FieldError[];
  return readManifest(text, older);
}

/** A text file of the bundle, nothing if it is not there, or what is wrong with it. */
async function textOf(folder: string, name: string): Promise<string | undefined | FieldError> {
  const names = await readdir(folder);
  if (!names.includes(name)) return undefined;
  const wrong = (message: string) => ({ path: "", entry: name, message });
  const found = await hashFile(join(folder, name)).catch(() => undefined);
  if (found === undefined) return wrong("is not a plain file that can be read");
  if (found.bytes > TEXT_BYTES_MAX) return wrong("is longer than 1 MiB");
  return readFile(join(folder, name), "utf8");
}

async function readPart(
  folder: string,
  part: string,
  faults: FieldError[],
): Promise<readonly TreeFile[] | undefined> {
  if (!(await isFolder(join(folder, part)))) {
    faults.push({ path: "", entry: part, message: "is missing, or not a folder" });
    return undefined;
  }
  const tree = await readTree(join(folder, part));
  faults.push(...tree.faults.map((fault) => ({ ...fault, entry: `${part}/${fault.entry}` })));
  return tree.faults.length === 0 ? tree.files : undefined;
}

async function readSample(
  folder: string,
  manifest: Manifest | undefined,
): Promise<TreeFile | readonly FieldError[]> {
  const names = await readdir(folder);
  const there = SAMPLES.filter((name) => names.includes(name));
  const wanted = manifest?.task === "segmentation-nifti" ? SAMPLES[1] : SAMPLES[0];
  const [name = wanted, second] = there;
  const wrong = (message: string, entry: string = name) => [{ path: "", entry, message }];
  if (there.length === 0)
    return wrong("is missing: newcomers start from it", manifest ? wanted : `${SAMPLES[0]} or .zip`);
  if (second !== undefined) return wrong(`is there twice, also as ${second}`);
  if (manifest !== undefined && name !== wanted)
    return wrong(`must be ${wanted} for the task ${manifest.task}`);
  const found = await hashFile(join(folder, name)).catch(() => undefined);
  return found === undefined ? wrong("is not a plain file that can be read") : { path: name, ...found };
}

async function readDatasetPart(folder: string, faults: FieldError[]): Promise<FoundDataset | undefined> {
  if (!(await readdir(folder)).includes(DATASET_FOLDER)) return undefined;
  const read = await readDataset(join(folder, DATASET_FOLDER));
  if (read.ok) return read.value;
  faults.push(...read.faults.map((fault) => ({ ...fault, entry: `${DATASET_FOLDER}/${fault.entry}` })));
  return undefined;
}

function holdoutFaults({ task }: Manifest, files: readonly TreeFile[]): FieldError[] {
  const wrong = (message: string, entry = HOLDOUT_FOLDER) => ({ path: "", entry, message });
  if (task !== "segmentation-nifti") {
    const entry = `${HOLDOUT_FOLDER}/holdout.csv`;
    return files.some(({ path }) => path === "holdout.csv") ? [] : [wrong("is missing", entry)];
  }
  const cases = files.filter(({ path }) => /^[^/]+\.nii(\.gz)?$/.test(path));
  if (cases.length === 0) return [wrong("has no masks: `<id>.nii.gz`, one for each case")];
  const ids = new Set(cases.map(({ path }) => path.replace(/\.nii(\.gz)?$/, "")));
  return ids.size === cases.length ? [] : [wrong("has a case twice, as .nii and as .nii.gz")];
}

function datasetFaults(manifest: Manifest, dataset: FoundDataset | undefined): FieldError[] {
  if (dataset === undefined) return [];
  const { slug, exposure } = dataset.description;
  const wrong = (path: string, message: string) => ({
    path,
    entry: `${DATASET_FOLDER}/dataset.json`,
    message,
  });
  const faults: FieldError[] = [];
  if (slug !== manifest.datasetSlug) {
    const named = manifest.datasetSlug ?? "none";
    faults.push(wrong("slug", `is not the dataset_slug of ${MANIFEST_FILE}, which is ${named}`));
  }
  if (exposure !== "both" && exposure !== manifest.exposure)
    faults.push(
      wrong("exposure", `keeps it from whoever takes part: the competition is ${manifest.exposure}`),
    );
  return faults;
}

function otherHoldout(): FieldError {
  const message =
    "pins another holdout than this one. If this one is right, take over what this prints inside of holdout/: find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum";
  return { path: "holdout_sha256", entry: MANIFEST_FILE, message, code: "holdout_changed" };
}

async function noticesOf(folder: string, manifest: Manifest, shown: readonly TreeFile[]): Promise<string[]> {
  const used: readonly string[] = [MANIFEST_FILE, OLDER_FILE, ...SAMPLES, ...FOLDER_OF_EVERYTHING];
  const unused = (await readdir(folder)).filter((name) => !used.includes(name)).sort();
  const has = (name: string) => shown.some(({ path }) => path === name);
  return [
    ...(unused.length === 0 ? [] : [`Not part of the bundle, and not used: ${unused.join(", ")}.`]),
    ...(has(IDS_FILE)
      ? []
      : [`${PUBLIC_FOLDER}/${IDS_FILE} is made from the sample submission, which must name every id.`]),
    ...(manifest.task !== "segmentation-nifti" || has("geometry.json")
      ? []
      : ["Without public/geometry.json, an image of wrong size or place is found only when it is scored."]),
  ];
}

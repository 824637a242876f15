import type { Manifest } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import type { FaultList } from "../faults.ts";
import type { ReadOptions } from "../kernels/mask-files.ts";
import { sourceOf } from "../source.ts";
import { openZip, type ZipFile } from "../tables/zip.ts";
import type { KnownIds } from "./submission-table.ts";
import type { Input } from "./types.ts";

/** A submitted archive, its files matched with the cases by name: `<id>.nii.gz` or `<id>.nii`. */
export interface Archive {
  readonly files: number;
  /** For each id its file, if it has one. */
  readonly fileOf: readonly (ZipFile | undefined)[];
}

/** Opens the archive and matches it; whatever is wrong goes to the list. Nothing is expanded yet. */
export async function openArchive(
  manifest: Manifest,
  known: KnownIds,
  file: Input,
  faults: FaultList,
): Promise<Archive> {
  const fileOf = new Array<ZipFile | undefined>(known.index.size).fill(undefined);
  const files = await collected(faults, () => open(manifest, file));
  if (files === undefined) return { files: 0, fileOf };
  for (const one of files) {
    const id = known.index.findText(one.name.replace(/\.nii(\.gz)?$/, ""));
    if (id < 0 || !/\.nii(\.gz)?$/.test(one.name)) faults.add("id_unknown", { file: one.entry });
    else if (fileOf[id] !== undefined) faults.add("id_duplicate", { file: one.entry });
    else fileOf[id] = one;
  }
  if (manifest.missingCases === "refuse") {
    fileOf.forEach((one, at) => {
      const message = known.mayBeNamed ? `The file ${known.index.ids[at]}.nii.gz is missing.` : undefined;
      if (one === undefined) faults.add("id_missing", {}, message);
    });
  }
  return { files: files.length, fileOf };
}

/** What a submitted mask may be and where it must lie. */
export function submittedLimits({ labels, limits, geometryToleranceMm }: Manifest): ReadOptions {
  const labelMax = labels === null ? 65535 : Math.max(...labels);
  return { voxelsMax: limits.voxelsMax, labelMax, distanceMm: geometryToleranceMm };
}

/** The work's answer, or nothing when it threw faults, which are then on the list. */
export async function collected<Value>(
  faults: FaultList,
  work: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    faults.addAll(error.faults, error.faultsTotal);
    return undefined;
  }
}

async function open(manifest: Manifest, file: Input): Promise<ZipFile[]> {
  const source = sourceOf(file);
  const { bytesMax, expandedBytesMax, casesMax } = manifest.limits;
  if (source.size > bytesMax) throw new ScoringError("too_large");
  // Besides the cases: folders, and what file managers leave behind for each of them.
  return openZip(source, { bytesMax: expandedBytesMax, entriesMax: 3 * casesMax + 100 });
}

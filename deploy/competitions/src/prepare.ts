import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { holdoutSha256, parseManifest } from "@medforge/scoring";
import { placeText } from "@medforge/scoring/errors";

import { BundleWriter } from "./bundle-writer.ts";
import { PrepareError } from "./errors.ts";
import type { Permanent, Work } from "./permanent.ts";
import { isInside, privatePlace, realPath } from "./private-place.ts";
import { folderSource, memorySource, type Source } from "./source.ts";

export interface PrepareOptions {
  /** The folder of the bundle. Made if missing; an earlier bundle of the same competition is replaced. */
  readonly to: string;
  /** Folder of the downloaded files. */
  readonly from?: string | undefined;
  /** Uses made-up files in place of downloaded ones. */
  readonly madeUp?: boolean;
  /** Takes fewer files than the source has: to try things out. */
  readonly part?: boolean;
  /** Folders of this server that people can look into. */
  readonly shown?: readonly string[];
}

export interface Prepared {
  readonly folder: string;
  readonly slug: string;
  readonly holdoutSha256: string;
  readonly holdoutRows: number;
}

/**
 * Makes the bundle of a permanent competition. The same files give the same bytes. It appears whole or not at all.
 * @throws PrepareError
 */
export async function prepareBundle(permanent: Permanent, options: PrepareOptions): Promise<Prepared> {
  const to = privatePlace(options.to, options.shown ?? []);
  const manifest = await readJson(join(permanent.folder, "competition.json"));
  const source = sourceFor(permanent, options, to);
  await refuseToOverwrite(to, manifest.slug);
  const half = `${to}.half-${process.pid}`;
  await rm(half, { recursive: true, force: true });
  // Only the operator gets in, whatever the folders above allow.
  await mkdir(half, { recursive: true, mode: 0o700 });
  try {
    const bundle = new BundleWriter(half);
    await permanent.prepare({ source, bundle, expect: expectation(options.part === true) });
    const prepared = await finish(permanent, bundle, manifest, options);
    await rm(to, { recursive: true, force: true });
    await rename(half, to);
    return { ...prepared, folder: to };
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

type Json = Readonly<Record<string, unknown>>;

/** competition.json with what is known only now, and dataset.json. */
async function finish(
  permanent: Permanent,
  bundle: BundleWriter,
  manifest: Json,
  { madeUp, part }: PrepareOptions,
): Promise<Omit<Prepared, "folder">> {
  const sha256 = await holdoutSha256(bundle.held);
  const pinned = manifest.holdout_sha256 ?? sha256;
  if (pinned !== sha256) {
    throw new PrepareError(
      `The holdout came out as ${sha256}, and competition.json pins ${pinned}: this machine computes otherwise, or the program that makes it was changed without a new evaluation_split_version.`,
    );
  }
  const holdoutRows = rowsOf(bundle);
  const full = {
    ...manifest,
    ...(part && { evaluation_split_version: `${manifest.evaluation_split_version}-part` }),
    ...(madeUp && permanent.madeUp?.competition),
    expected_rows: holdoutRows,
    holdout_sha256: sha256,
  };
  const text = `${JSON.stringify(full, null, 2)}\n`;
  const read = parseManifest(text);
  if (!read.ok) {
    const faults = read.faults.map(({ message, where }) => `${placeText(where)}${message}`);
    throw new PrepareError(`competition.json does not hold:\n  ${faults.join("\n  ")}`);
  }
  const dataset = {
    ...(await readJson(join(permanent.folder, "dataset.json"))),
    ...(madeUp && permanent.madeUp?.dataset),
  };
  await bundle.own("competition.json", text);
  await bundle.own("dataset/dataset.json", `${JSON.stringify(dataset, null, 2)}\n`);
  return { slug: read.value.slug, holdoutSha256: sha256, holdoutRows };
}

/** Rows of holdout.csv, or masks. No field of ours has a line break. */
function rowsOf({ held }: BundleWriter): number {
  const table = held.find(({ name }) => name === "holdout.csv")?.content;
  if (!(table instanceof Uint8Array)) return held.length;
  return table.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), -1);
}

function sourceFor(permanent: Permanent, { from, madeUp }: PrepareOptions, to: string): Source {
  if (madeUp) {
    if (permanent.madeUp !== undefined) return memorySource(permanent.madeUp.files());
    throw new PrepareError("Nothing is made up for this competition: it needs the files of its source.");
  }
  if (permanent.from === "nothing") return folderSource(to);
  if (from === undefined) {
    throw new PrepareError("This one needs --from <folder>; the bundle's README says what to download.");
  }
  // Replacing the bundle would take the source with it.
  if (isInside(realPath(from), to)) throw new PrepareError(`${from} lies inside of ${to}; keep them apart.`);
  return folderSource(from);
}

async function refuseToOverwrite(to: string, slug: unknown): Promise<void> {
  if (!existsSync(to) || (await readdir(to)).length === 0) return;
  const there = await readJson(join(to, "competition.json")).catch(() => undefined);
  if (there?.slug !== slug)
    throw new PrepareError(`${to} holds something else than a bundle of ${slug}; nothing was changed.`);
}

function expectation(part: boolean): Work["expect"] {
  return (what, found, expected) => {
    if (found === expected || (part && found < expected)) return;
    throw new PrepareError(
      `There are ${found} ${what}, and the source has ${expected}. Download it again, or say --part to try with less.`,
    );
  };
}

async function readJson(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, "utf8"));
}

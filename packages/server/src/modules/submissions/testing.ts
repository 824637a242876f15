import { mkdirSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Database } from "@medforge/db/database";
import { addCompetition, type TestCompetition } from "@medforge/db/testing-competitions";
import { holdoutSha256, packageVersion, parseManifest } from "@medforge/scoring";

import { evaluationFolder, holdoutFolder } from "../../competitions/folders.ts";
import { metricVersionsText } from "../../competitions/identity.ts";
import type { Deps } from "../../deps.ts";
import { type Answered, type House, type HouseOptions, ORIGIN, testHouse } from "../../testing.ts";

/** A house with folders of its own for competitions, and competitions in it without a bundle; for tests of uploads. */

export type UploadHouse = House & { readonly folder: string };

export async function uploadHouse(options: HouseOptions = {}): Promise<UploadHouse> {
  const shared = options.environment?.MEDFORGE_STATE_DIR;
  const folder = shared ?? (await mkdtemp(join(tmpdir(), "medforge-uploads-")));
  const house = await testHouse({
    ...options,
    environment: { MEDFORGE_STATE_DIR: folder, ...options.environment },
  });
  return {
    ...house,
    folder,
    close: async () => {
      await house.close();
      if (shared === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface ChallengeWish {
  readonly cap?: number;
  readonly exposure?: "EXTERNAL" | "INTERNAL";
  /** Keys of the manifest instead of those of a small classification. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Files of the public part beside or instead of `ids.csv`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly holdout?: string;
}

/** Four rows to classify as 0 or 1, unless said otherwise. */
export async function openChallenge(
  { db, deps }: { readonly db: Database; readonly deps: Pick<Deps, "config"> },
  wish: ChallengeWish = {},
): Promise<TestCompetition> {
  const { folders } = deps.config;
  const slug = `c-${crypto.randomUUID().slice(0, 8)}`;
  const manifest = JSON.stringify({
    slug,
    title: "A challenge",
    description: "Four rows.",
    exposure: wish.exposure === "INTERNAL" ? "internal" : "external",
    dataset_slug: null,
    task: "tabular",
    classes: 2,
    id_column: "id",
    target_columns: ["label"],
    expected_rows: 4,
    metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }],
    evaluation_split_version: "v1",
    submissions_per_day_max: wish.cap ?? 20,
    ...wish.manifest,
  });
  const read = parseManifest(manifest);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const holdout = new TextEncoder().encode(wish.holdout ?? "id,label\na,1\nb,0\nc,1\nd,1\n");
  const pinned = await holdoutSha256([{ name: "holdout.csv", content: holdout }]);
  const hidden = holdoutFolder(folders, slug, pinned);
  const competition = await addCompetition(db, {
    slug,
    manifest,
    holdoutSha256: pinned,
    scorerVersion: packageVersion,
    metricVersions: metricVersionsText(read.value.metrics),
    direction: read.value.metrics.find(({ primary }) => primary)?.direction ?? "higher-is-better",
    exposure: wish.exposure ?? "EXTERNAL",
  });
  const identity = await db.scoreIdentities.byId(competition.identityId);
  const open = evaluationFolder(folders, slug, identity?.publicSha256 ?? "");
  for (const path of [hidden, open]) mkdirSync(path, { recursive: true });
  await Bun.write(join(hidden, "holdout.csv"), holdout);
  const files = { "ids.csv": "id\na\nb\nc\nd\n", ...wish.files };
  for (const [name, content] of Object.entries(files)) await Bun.write(join(open, name), content);
  return competition;
}

export function submissionsPath(slug: string, surface: "external" | "internal" = "external"): string {
  return `/api/v2/${surface}/competitions/${slug}/submissions`;
}

/** A form with one file. */
export function formOf(content: string | Uint8Array, name = "mine.csv"): FormData {
  const form = new FormData();
  form.append("file", new Blob([content as BlobPart]), name);
  return form;
}

/** Asks the app, or where a port is given the server that listens there. */
export async function post(
  house: Pick<House, "app">,
  cookie: string,
  path: string,
  body: FormData,
  port?: number,
): Promise<Answered> {
  const asking = { method: "POST", headers: { cookie }, body };
  const response =
    port === undefined
      ? await house.app.handle(new Request(`${ORIGIN}${path}`, asking))
      : await fetch(`http://127.0.0.1:${port}${path}`, asking);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

/** Every file below the folder for submissions, by its place in it. */
export function filesKept(house: Pick<House, "deps">): string[] {
  const folder = house.deps.config.folders.submissions;
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  } catch {
    return [];
  }
}

export const csvOf = (labels: string): string =>
  `id,label\n${[...labels].map((label, at) => `${"abcd"[at]},${label}\n`).join("")}`;

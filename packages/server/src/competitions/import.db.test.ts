import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { MedforgeError } from "@medforge/core/errors";
import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { addSubmission, addUser } from "@medforge/db/testing-competitions";
import { command } from "@medforge/runtime/command";
import { parseManifest } from "@medforge/scoring";

import { faultText } from "./faults.ts";
import { evaluationFolder, holdoutFolder } from "./folders.ts";
import { type ImportedCompetition, importBundle } from "./import.ts";
import { retireCompetition } from "./retire.ts";
import { bundlePlace, dataset, everyKind, type Files, LABELS, labels, manifest } from "./testing-bundle.ts";

const CHILD = fileURLToPath(new URL("./testing/import-child.ts", import.meta.url));
const withDataset: Files = {
  ...labels,
  ...dataset,
  "competition.json": manifest({ ...LABELS, dataset_slug: "tiny-data" }),
};

describe.if(databaseNamed)("importing a competition", () => {
  let place: ReturnType<typeof bundlePlace>;
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    place = bundlePlace();
    scratch = await scratchDatabase();
  });
  afterEach(async () => {
    await scratch.clear();
    rmSync(join(place.root, "state"), { recursive: true, force: true });
  });
  afterAll(async () => {
    place.close();
    await scratch.drop();
  });

  const imported = (...layers: readonly Files[]) => importFrom(place.bundle(...layers));
  const importFrom = (bundle: string) => importBundle({ ...place.deps, db: scratch.db }, bundle);
  const folders = () => place.deps.config.folders;

  async function identityOf({ competition }: Pick<ImportedCompetition, "competition">) {
    const identity = await scratch.db.scoreIdentities.byId(competition.targetIdentityId);
    if (identity === undefined) throw new Error("no identity");
    return identity;
  }

  async function foldersOf(found: Pick<ImportedCompetition, "competition">) {
    const { competitionSlug: slug, holdoutSha256, publicSha256 } = await identityOf(found);
    return {
      holdout: holdoutFolder(folders(), slug, holdoutSha256),
      evaluation: evaluationFolder(folders(), slug, publicSha256),
    };
  }

  test("writes down what it is, and keeps hidden what is hidden", async () => {
    const first = await imported(withDataset);
    expect(first.change).toBe("added");
    expect(await scratch.db.competitions.bySlug("tiny")).toEqual(first.competition);
    expect(first.competition).toMatchObject({
      title: "Tiny",
      exposure: "EXTERNAL",
      datasetSlug: "tiny-data",
      manifest: String(withDataset["competition.json"]),
      boardIdentityId: first.competition.targetIdentityId,
      retiredAt: null,
    });
    expect(await identityOf(first)).toMatchObject({
      direction: "higher-is-better",
      metricVersions: "accuracy=accuracy-v1,correlation=mcc-v1",
    });
    expect((await scratch.db.datasets.bySlug("tiny-data"))?.files).toBe(1);

    const { holdout, evaluation } = await foldersOf(first);
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect([join(holdout, ".."), holdout, join(holdout, "holdout.csv")].map(modeOf)).toEqual([
      "700",
      "700",
      "600",
    ]);
    expect([evaluation, join(evaluation, "ids.csv")].map(modeOf)).toEqual(["755", "644"]);
    expect(readFileSync(join(holdout, "holdout.csv"), "utf8")).toBe(String(labels["holdout/holdout.csv"]));
    expect(readdirSync(evaluation).sort()).toEqual(["competition.json", "ids.csv", "sample_submission.csv"]);
  });

  test("publishes the rules without what they say of the holdout", async () => {
    const pinned = (await imported(everyKind.boxes ?? {})).checked.holdoutSha256;
    const text = String(everyKind.boxes?.["competition.json"]).replace(
      "{",
      `{ "holdout_sha256": "${pinned}",`,
    );
    const { evaluation } = await foldersOf(
      await imported(everyKind.boxes ?? {}, { "competition.json": text }),
    );
    const shown = readFileSync(join(evaluation, "competition.json"), "utf8");
    expect(shown).not.toContain("sha256");
    const read = parseManifest(shown);
    // Three boxes and rows, of two images.
    expect(read.ok && read.value.expectedRows).toBe(2);
  });

  test("changes nothing the second time, from a folder, a copy or a zip", async () => {
    const first = await imported(withDataset);
    for (const bundle of [place.bundle(withDataset), place.zip(withDataset)]) {
      const again = await importFrom(bundle);
      expect(again.change).toBe("unchanged");
      expect(again.competition).toEqual(first.competition);
    }
    expect(readdirSync(join(folders().holdouts, "tiny"))).toHaveLength(1);
    expect(readdirSync(join(folders().evaluation, "tiny"))).toHaveLength(1);
  });

  test("refuses a bundle with faults, and writes nothing at all", async () => {
    await expect(imported(withDataset, { "public/ids.csv": "id\na\n" })).rejects.toThrow(
      /Nothing was changed/,
    );
    expect(await scratch.db.competitions.bySlug("tiny")).toBeUndefined();
    expect(await scratch.db.datasets.bySlug("tiny-data")).toBeUndefined();
    for (const folder of ["datasets", "evaluation"] as const)
      expect(readdirSync(folders()[folder])).toEqual([]);
    expect(readdirSync(folders().holdouts)).toEqual([".work"]);
  });

  test("whose dataset is not in the bundle finds it in the catalogue, for those who take part, or is refused", async () => {
    const naming = (own: Readonly<Record<string, unknown>> = {}): Files => ({
      ...labels,
      "competition.json": manifest({ ...LABELS, slug: "second", dataset_slug: "tiny-data", ...own }),
    });
    const faults = (files: Files) =>
      imported(files).then(
        () => [],
        (error: MedforgeError) => error.fields.map(faultText),
      );
    expect(await faults(naming())).toEqual([
      "competition.json: dataset_slug: names no dataset of the catalogue, and there is no dataset/ in the bundle",
    ]);
    expect(await scratch.db.competitions.bySlug("second")).toBeUndefined();
    await imported(withDataset);
    expect(await faults(naming({ exposure: "internal" }))).toEqual([]);
    const { id = "" } = (await scratch.db.datasets.bySlug("tiny-data")) ?? {};
    await scratch.db.datasets.update(id, { exposure: "EXTERNAL" });
    expect(await faults(naming({ exposure: "internal" }))).toEqual([
      "competition.json: dataset_slug: names a dataset that is kept from whoever takes part: the competition is internal",
    ]);
    expect(await faults(naming())).toEqual([]);
    await scratch.db.datasets.retire("tiny-data", 1);
    expect(await faults(naming())).toHaveLength(1);
  });

  test("of other rules asks for a run of everything that counts, and the board waits for them", async () => {
    const { competition } = await imported(labels);
    const user = await addUser(scratch.db);
    const of = { id: competition.id, slug: "tiny", identityId: competition.boardIdentityId };
    const ids = [];
    for (let at = 0; at < 3; at++)
      ids.push((await addSubmission(scratch.db, of, { userId: user })).submission.id);
    const [withdrawn = ""] = ids;
    await scratch.db.submissions.withdraw(withdrawn, 1);

    const other = { "holdout/holdout.csv": "id,label\na,1\nb,1\nc,1\nd,1\n" };
    const changed = await imported(labels, other);
    expect(changed.change).toBe("changed");
    const { targetIdentityId, boardIdentityId } = changed.competition;
    expect(boardIdentityId).toBe(competition.boardIdentityId);
    expect(targetIdentityId).not.toBe(boardIdentityId);
    const runsOf = async (id: string) =>
      (await scratch.db.scoreRuns.ofSubmission(id)).map(({ identityId, state }) => [identityId, state]);
    for (const id of ids.slice(1)) expect(await runsOf(id)).toContainEqual([targetIdentityId, "queued"]);
    expect(await runsOf(withdrawn)).toHaveLength(1);
    expect((await imported(labels, other)).change).toBe("unchanged");
    // The old rules again: what was computed for them is still there, and the board never left them.
    const back = await imported(labels);
    expect(back.competition).toMatchObject({ targetIdentityId: boardIdentityId, boardIdentityId });
    for (const id of ids.slice(1)) expect(await runsOf(id)).toHaveLength(2);
  });

  test("of other rules without submissions shows them at once", async () => {
    await imported(labels);
    const text = manifest({ ...LABELS, title: "Tiny, now called so" });
    const { competition, change } = await imported(labels, { "competition.json": text });
    expect(change).toBe("changed");
    expect(competition.boardIdentityId).toBe(competition.targetIdentityId);
    expect(await scratch.db.competitions.bySlug("tiny")).toEqual(competition);
  });

  test("opens one again that was retired", async () => {
    await imported(labels);
    const deps = { ...place.deps, db: scratch.db };
    const retired = await retireCompetition(deps, "tiny");
    expect(retired.retiredAt).not.toBeNull();
    expect(await retireCompetition(deps, "tiny")).toEqual(retired);
    await expect(retireCompetition(deps, "tony")).rejects.toThrow("There is no competition");
    const opened = await imported(labels);
    expect([opened.change, opened.competition.retiredAt]).toEqual(["changed", null]);
  });

  test("mends a folder in which something was changed, lost or added", async () => {
    const { holdout, evaluation } = await foldersOf(await imported(labels));
    const damages = [
      () => appendFileSync(join(holdout, "holdout.csv"), "e,1\n"),
      () => writeFileSync(join(holdout, "more.csv"), "x"),
      () => rmSync(join(evaluation, "ids.csv")),
      () => rmSync(evaluation, { recursive: true }),
    ];
    for (const damage of damages) {
      chmodSync(join(holdout, "holdout.csv"), 0o600);
      damage();
      expect((await imported(labels)).change).toBe("unchanged");
      expect(readFileSync(join(holdout, "holdout.csv"), "utf8")).toBe(String(labels["holdout/holdout.csv"]));
      expect(readdirSync(holdout)).toEqual(["holdout.csv"]);
      expect(readFileSync(join(evaluation, "ids.csv"), "utf8")).toBe(String(labels["public/ids.csv"]));
    }
  });

  test("is done by one at a time; the other is told to come back", async () => {
    const both = await Promise.allSettled([imported(labels), imported(labels)]);
    for (const one of both) {
      if (one.status === "rejected")
        expect(String(one.reason)).toContain("Another competition is being imported");
    }
    expect(both.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect((await imported(labels)).change).toBe("unchanged");
    expect(await scratch.db.competitions.page(undefined, undefined, 10)).toHaveLength(1);
  });

  test("killed at any moment leaves nothing that is half, and goes on when it is asked again", async () => {
    const bundle = place.bundle(withDataset);
    const stateDir = join(place.root, "state");
    let moments = 0;
    for (let ended = false; !ended; ) {
      rmSync(stateDir, { recursive: true, force: true });
      await scratch.clear();
      const argv = [process.execPath, CHILD, scratch.url, stateDir, bundle, String(++moments)];
      const result = await command(argv, { deadlineMs: 30_000 });
      ended = result.exitCode === 0;
      if (ended) expect(result.stdout).toBe("added\n");
      const left = await scratch.db.competitions.bySlug("tiny");
      if (left !== undefined) {
        const { holdout, evaluation } = await foldersOf({ competition: left });
        expect(readFileSync(join(holdout, "holdout.csv"), "utf8")).toBe(
          String(labels["holdout/holdout.csv"]),
        );
        expect(existsSync(join(evaluation, "ids.csv"))).toBe(true);
      }
      mkdirSync(join(folders().holdouts, ".incoming-dead"), { recursive: true });
      const again = await importFrom(bundle);
      expect(again.change).toBe(left === undefined ? "added" : "unchanged");
      // `.work` may hold what it worked with; that is cleared away a day later.
      expect(readdirSync(folders().holdouts).sort()).toEqual([".work", "tiny"]);
    }
    // As many as there are calls to the database, the clock and chance once the bundle has been found sound.
    expect(moments).toBeGreaterThan(10);
  }, 120_000);
});

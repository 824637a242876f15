import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { permanentCompetitions } from "@medforge/competitions/catalogue";
import { smallSources, writeFiles } from "@medforge/competitions/testing";
import type { Leaderboard } from "@medforge/contracts/leaderboard";
import type { Submission, SubmissionReceipt } from "@medforge/contracts/submissions";
import { databaseNamed } from "@medforge/db/testing";
import { score, writeZip } from "@medforge/scoring";
import { readHoldout, readManifest } from "@medforge/scoring/cli/bundle";

import { type Answered, type Member, openStack, type Stack, until } from "./stack.ts";

const SCORED_MS_MAX = 30_000;
/** Ours to run five times: prepare, check, import, two uploads, two scores. */
const EACH_MS_MAX = 120_000;

/** From the organiser's download to the board: API, database, worker and command line as `./medforge up` runs them. */
describe.if(databaseNamed)("the permanent competitions", () => {
  let stack: Stack;
  let ada: Member;
  let eve: Member;
  /** Without the right to the internal surface. */
  let guest: Member;
  /** Every answer that a member got. */
  const answers: string[] = [];
  const hidden: string[] = [];

  beforeAll(async () => {
    stack = await openStack();
    [ada, eve] = [await stack.newMember({ internal: true }), await stack.newMember({ internal: true })];
    guest = await stack.newMember();
  }, 60_000);
  afterAll(() => stack?.close());

  async function ask(who: Member, method: string, path: string, body?: FormData): Promise<Answered> {
    const answered = await who.ask(method, path, body);
    answers.push(answered.text);
    return answered;
  }

  async function organiser(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await stack.medforge(...words);
    if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${exitCode}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async function submitted(who: Member, path: string, file: Uint8Array, name: string) {
    const form = new FormData();
    form.append("file", new Blob([file as BlobPart]), name);
    const answered = await ask(who, "POST", `${path}/submissions`, form);
    return { ...answered, receipt: answered.data as unknown as SubmissionReceipt };
  }

  async function scored(who: Member, path: string, id: string): Promise<Submission> {
    let seen: Submission | undefined;
    await until(`submission ${id}`, SCORED_MS_MAX, async () => {
      seen = (await ask(who, "GET", `${path}/submissions/${id}`)).data as unknown as Submission;
      return seen.state === "scored" || seen.state === "failed";
    });
    if (seen?.state !== "scored") throw new Error(JSON.stringify(seen?.error));
    return seen;
  }

  /** The board, once the worker has computed what is beside the scores. */
  async function boardOf(who: Member, path: string): Promise<Leaderboard> {
    let board: Leaderboard | undefined;
    await until("the board's statistics", SCORED_MS_MAX, async () => {
      board = (await ask(who, "GET", `${path}/leaderboard`)).data as unknown as Leaderboard;
      return board.statistics?.up_to_date === true;
    });
    if (board === undefined) throw new Error("no board");
    return board;
  }

  test.each(Object.keys(permanentCompetitions))(
    "%s: download, prepare, import, upload, worker, board",
    async (slug) => {
      const bundle = join(stack.folder, "bundles", slug);
      const download = smallSources[slug];
      const from = download === undefined ? [] : ["--from", await writeFiles(`${bundle}-source`, download())];
      await organiser("competition", "prepare", slug, ...from, "--to", bundle, "--part");
      await organiser("competition", "check", bundle);
      await organiser("competition", "import", bundle);
      const manifest = await readManifest(bundle);
      const holdout = await readHoldout(manifest, bundle);
      hidden.push(manifest.holdoutSha256 ?? "", join(stack.folder, "state"), bundle);

      const [here, there] =
        manifest.exposure === "external" ? ["external", "internal"] : ["internal", "external"];
      const path = `/${here}/competitions/${slug}`;
      expect((await ask(ada, "GET", path)).status).toBe(200);
      for (const tail of ["", "/leaderboard", "/submissions/me"]) {
        expect([tail, (await ask(ada, "GET", `/${there}/competitions/${slug}${tail}`)).status]).toEqual([
          tail,
          404,
        ]);
      }

      // Ada takes what the house offers to try; Eve knows everything.
      await organiser("demo-submission", slug);
      const extension = manifest.task === "segmentation-nifti" ? "zip" : "csv";
      const demo = await readFile(join(stack.folder, `${slug}-demo.${extension}`));
      const mine = await submitted(ada, path, demo, `mine.${extension}`);
      expect([mine.status, mine.text]).toEqual([201, expect.stringContaining('"queued"')]);
      expect(mine.receipt.remaining_today).toBe(manifest.submissionsPerDayMax - 1);
      const own = await scored(ada, path, mine.receipt.submission.id);
      const expected = await score(manifest, holdout, new Uint8Array(demo), { engine: "plain" });
      expect(own.score).toBe(expected.primary.value);
      expect(own.components.map(({ key, value }) => [key, value])).toEqual(
        expected.components.map(({ key, value }) => [key, value]),
      );

      const best = await submitted(eve, path, await perfect(bundle, slug), `best.${extension}`);
      expect(best.status).toBe(201);
      expect((await scored(eve, path, best.receipt.submission.id)).score).toBe(1);

      const board = await boardOf(ada, path);
      expect(board.lines.map(({ rank, score, is_me }) => [rank, score, is_me])).toEqual([
        [1, 1, false],
        [2, Number(own.score?.toFixed(manifest.displayedDecimals)), true],
      ]);
      // Fewer than 30 cases: intervals, and nothing said about who is better.
      expect(board.lines.map(({ tier, interval }) => [tier, interval?.high])).toEqual([
        [null, 1],
        [null, expect.any(Number)],
      ]);

      const again = await submitted(ada, path, demo, `again.${extension}`);
      expect([again.status, again.receipt.identical_to]).toEqual([200, mine.receipt.submission.id]);
      expect(again.receipt.remaining_today).toBe(manifest.submissionsPerDayMax - 1);

      // The same bundle again changes nothing.
      await organiser("competition", "import", bundle);
      expect(await boardOf(ada, path)).toEqual(board);
    },
    EACH_MS_MAX,
  );

  test("each surface lists its own, and the internal one is closed to who may not use it", async () => {
    const slugs = async (surface: string) =>
      ((await ask(ada, "GET", `/${surface}/competitions`)).data as unknown as { slug: string }[])
        .map(({ slug }) => slug)
        .sort();
    expect(await slugs("internal")).toEqual(["oxford-pet-segmentation"]);
    expect(await slugs("external")).toEqual([
      "cifar-100-classification",
      "phantom-lesion-segmentation",
      "rsna-pneumonia-detection",
      "titanic-survival",
    ]);
    const refused = await ask(guest, "GET", "/internal/competitions/oxford-pet-segmentation");
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining("internal_access_required"),
    ]);
  });

  test("the organiser lists them, has one scored again, publishes its board and closes it", async () => {
    const slug = "titanic-survival";
    const path = `/external/competitions/${slug}`;
    const state = async () =>
      new RegExp(`^${slug} +external +(\\w+) `, "m").exec(await organiser("competition", "list"))?.[1];
    expect(await state()).toBe("open");
    expect(await organiser("competition", "rescore", slug)).toContain("Nothing to do");
    const board = await boardOf(ada, path);
    const { competition, lines } = JSON.parse(await organiser("competition", "export-board", slug));
    expect(competition).toBe(slug);
    expect(lines.map(({ rank, score }: { rank: number; score: number }) => [rank, score])).toEqual(
      board.lines.map(({ rank }) => [rank, expect.any(Number)]),
    );
    await organiser("competition", "retire", slug);
    expect(await state()).toBe("retired");
    const late = await submitted(ada, path, new TextEncoder().encode("PassengerId,Survived\n"), "late.csv");
    expect([late.status, late.text]).toEqual([409, expect.stringContaining("state_conflict")]);
    expect(await boardOf(ada, path)).toEqual(board);
    await organiser("competition", "import", join(stack.folder, "bundles", slug));
    expect(await state()).toBe("open");
  });

  test("no answer names a holdout's hash or a folder of this host", () => {
    const all = answers.join("\n");
    for (const secret of hidden) expect(all.includes(secret)).toBe(false);
  });
});

/** The hidden reference in the form of a submission. */
async function perfect(bundle: string, slug: string): Promise<Uint8Array> {
  const folder = join(bundle, "holdout");
  if (slug === "phantom-lesion-segmentation") {
    const files = (await readdir(folder))
      .sort()
      .map(async (name) => [name, await readFile(join(folder, name))]);
    return writeZip(Object.fromEntries(await Promise.all(files)));
  }
  const rows = (await readFile(join(folder, "holdout.csv"), "utf8")).trim().split("\n");
  const asSubmission = (row: string, at: number): string => {
    const [id = "", ...fields] = row.split(",");
    if (slug === "oxford-pet-segmentation") return `${id},${fields[0]}`;
    if (slug !== "rsna-pneumonia-detection") return row;
    const confidence = at === 0 ? "confidence" : fields[0] === "" ? "" : "0.9";
    return [id, confidence, ...fields].join(",");
  };
  return new TextEncoder().encode(`${rows.map(asSubmission).join("\n")}\n`);
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { TestCompetition } from "@medforge/db/testing-competitions";
import { writeZip } from "@medforge/scoring";
import { masksTask } from "@medforge/scoring/testing/bad-input";

import { runScoring } from "../../loops/score.ts";
import { type Chance, chanceFrom } from "../../simulation/chance.ts";
import { formOf, openChallenge, post, submissionsPath, type UploadHouse, uploadHouse } from "./testing.ts";

/** Ten thousand generated files, and everything that is answered or logged about them searched for the holdout. */

const TABLES = 9_000;
const ARCHIVES = 1_000;
const AT_ONCE = 8;
const SEED = 4;

const IDS = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(3, "0")}`);
/** Values that nobody would come upon by chance, as a file has them and as numbers are printed. */
const HIDDEN = IDS.map((_, i) => `${73_915_521 + 1_000_003 * i}.25`);
const HIDDEN_ID = "hidden-case-7f3a";
const good = (tenth: number) => IDS.map((id, i) => `${id},${i}.${tenth}`);

/** One fault or several, anywhere; now and then none. */
function badTable(chance: Chance): Uint8Array {
  const rows = ["id,value", ...good(chance.below(20))];
  const at = () => chance.below(rows.length);
  const odd = [
    "NaN",
    "inf",
    "1e309",
    "",
    "0x10",
    "1_0",
    "٠",
    "01",
    "'",
    '"',
    "a,b",
    "../../holdouts",
    "\0",
    HIDDEN_ID,
  ];
  const changes: (() => void)[] = [
    () => rows.splice(at(), 1),
    () => rows.push(rows[at()] ?? ""),
    () => rows.splice(at(), 0, `${pick(chance, odd)},${pick(chance, odd)}`),
    () => rows.push(`p${String(chance.below(1000)).padStart(3, "0")},${chance.below(10)}`),
    () => {
      rows[at()] = `${pick(chance, IDS)},${pick(chance, odd)}`;
    },
    () => {
      rows[0] = pick(chance, [
        "id;value",
        "value,id",
        "id,value,value",
        "id",
        "",
        "ID,VALUE",
        "holdout,value",
      ]);
    },
    () => rows.reverse(),
  ];
  for (let faults = chance.below(4); faults > 0; faults--) pick(chance, changes)();
  const end = pick(chance, ["\n", "\n", "\r\n", "\r"]);
  return damaged(chance, new TextEncoder().encode(rows.join(end) + end));
}

function badArchive(chance: Chance): Uint8Array {
  const names = [
    "a.nii",
    "b.nii",
    "A.nii",
    "../a.nii",
    "/etc/holdouts/a.nii",
    "c.nii",
    "holdout/a.nii",
    `${HIDDEN_ID}.nii`,
  ];
  const files: Record<string, Uint8Array> = {};
  for (const name of ["a.nii", "b.nii"]) {
    const shown = chance.below(4) === 0 ? pick(chance, names) : name;
    files[shown] = chance.below(2) === 0 ? masksTask.mask : damaged(chance, Uint8Array.from(masksTask.mask));
  }
  return damaged(chance, writeZip(files));
}

/** Cut off, or with bytes changed, most of the time not. */
function damaged(chance: Chance, bytes: Uint8Array): Uint8Array {
  if (chance.below(6) === 0) return bytes.subarray(0, chance.below(bytes.length + 1));
  if (chance.below(4) === 0) {
    for (let changes = 1 + chance.below(5); changes > 0; changes--)
      bytes[chance.below(bytes.length)] = chance.below(256);
  }
  return bytes;
}

function pick<T>(chance: Chance, from: readonly T[]): T {
  const one = from[chance.below(from.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

describe.if(databaseNamed)("of what is hidden", () => {
  let house: UploadHouse;
  let cookie: string;
  const answers: string[] = [];
  beforeAll(async () => {
    house = await uploadHouse({
      // Ten thousand an hour are more than one person may.
      replace: ({ db }) => ({
        db: { ...db, rateLimits: { ...db.rateLimits, hit: async () => ({ hits: 1, windowEndsAt: 0 }) } },
      }),
    });
    cookie = (await house.signup()).cookie;
  });
  afterAll(() => house.close());

  const values = { metrics: [{ name: "rmse", primary: true, direction: "lower-is-better" }] };
  const table = (rows: readonly string[]) =>
    openChallenge(house, {
      cap: 1_000,
      manifest: {
        ...values,
        task: "regression",
        classes: undefined,
        target_columns: ["value"],
        expected_rows: rows.length,
      },
      files: { "ids.csv": `id\n${IDS.join("\n")}\n` },
      holdout: `id,value\n${rows.join("\n")}\n`,
    });

  async function sendAll(
    to: TestCompetition,
    count: number,
    make: (chance: Chance) => Uint8Array,
  ): Promise<Map<number, number>> {
    const chance = chanceFrom(SEED);
    const statuses = new Map<number, number>();
    let left = count;
    const sender = async () => {
      while (left-- > 0) {
        const answered = await post(house, cookie, submissionsPath(to.slug), formOf(make(chance)));
        statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
        answers.push(answered.text);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    return statuses;
  }

  /** Scores all that waits, then looks at every submission as its owner. */
  async function scoreAndLook(at: TestCompetition): Promise<void> {
    const stop = new AbortController();
    const scoring = runScoring(house.deps, stop.signal, { leaseMs: 30_000, idleMs: 1, putOffMs: [0, 0] });
    for (let state = await house.db.scoreRuns.queueState(); state.queued + state.scoring > 0; ) {
      house.clock.advance(100);
      await Bun.sleep(5);
      state = await house.db.scoreRuns.queueState();
    }
    stop.abort();
    house.clock.advance(1_000);
    await scoring;
    for (let cursor = ""; ; ) {
      const page = await house.request("GET", `${submissionsPath(at.slug)}/me?limit=200${cursor}`, {
        cookie,
      });
      answers.push(page.text);
      for (const { id } of page.body.data as { id: string }[]) {
        answers.push((await house.request("GET", `${submissionsPath(at.slug)}/${id}`, { cookie })).text);
      }
      if (page.body.meta?.has_more !== true) return;
      cursor = `&cursor=${page.body.meta.next_cursor}`;
    }
  }

  function leaks(texts: readonly string[], secrets: readonly string[]): string[] {
    return texts.flatMap((text) =>
      secrets.filter((secret) => text.includes(secret)).map((one) => `${one}: ${text}`),
    );
  }

  test("nothing is told, whatever is sent", async () => {
    const tables = await table(IDS.map((id, i) => `${id},${HIDDEN[i]}`));
    const geometry = Object.fromEntries(masksTask.ids.map((id) => [id, masksTask.geometry]));
    const masks = await openChallenge(house, {
      cap: 1_000,
      manifest: { ...masksTask.manifest, classes: undefined, target_columns: undefined },
      files: { "ids.csv": "id\na\nb\n", "geometry.json": JSON.stringify(geometry) },
    });
    // A holdout with a case that the public part has not: found by the scorer only, which must not name it.
    const broken = await table([...IDS.map((id, i) => `${id},${HIDDEN[i]}`), `${HIDDEN_ID},1`]);

    const told = await sendAll(tables, TABLES, badTable);
    expect(told.get(422)).toBeGreaterThan(TABLES / 2);
    expect(told.get(201)).toBeGreaterThan(10);
    expect([...told.keys()].filter((status) => ![200, 201, 422].includes(status))).toEqual([]);
    const archives = await sendAll(masks, ARCHIVES, badArchive);
    expect(archives.get(422)).toBeGreaterThan(ARCHIVES / 2);
    await sendAll(broken, 20, () => new TextEncoder().encode(`id,value\n${good(5).join("\n")}\n`));
    for (const one of [tables, broken]) await scoreAndLook(one);
    expect(answers.some((text) => text.includes('"state":"scored"'))).toBe(true);
    expect(answers.some((text) => text.includes('"state":"failed"'))).toBe(true);

    const identities = [tables, masks, broken].map((one) => house.db.scoreIdentities.byId(one.identityId));
    const hashes = (await Promise.all(identities)).map((identity) => identity?.holdoutSha256 ?? "");
    const numbers = HIDDEN.flatMap((value) => [value, value.slice(0, -3)]);
    expect(leaks(answers, [...numbers, ...hashes, house.folder, "holdout.csv"])).toEqual([]);
    expect(leaks(house.lines, [...numbers, HIDDEN_ID])).toEqual([]);
    // Their own words are quoted to those who send them; nobody else reads the hidden id.
    expect(
      leaks(
        answers.filter((text) => text.includes('"state"')),
        [HIDDEN_ID],
      ),
    ).toEqual([]);
  }, 600_000);
});

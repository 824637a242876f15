import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";

import { play } from "./story.ts";

/** Replays one failing seed with its story: `MEDFORGE_TEST_SEED=17 ./medforge test --only simulation`. */
const only = process.env.MEDFORGE_TEST_SEED;
const SEEDS = only === undefined ? Array.from({ length: 320 }, (_, i) => i + 1) : [Number(only)];
const BATCH = 40;

describe.if(databaseNamed)("the house on bad days", () => {
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    scratch = await scratchDatabase();
  });
  afterAll(() => scratch.drop());

  for (let first = 0; first < SEEDS.length; first += BATCH) {
    const seeds = SEEDS.slice(first, first + BATCH);
    test(`puts itself right after seeds ${seeds[0]} to ${seeds.at(-1)}`, async () => {
      for (const seed of seeds) {
        await scratch.clear();
        const { faults, story } = await play(scratch.db, seed);
        if (faults.length > 0 || only !== undefined)
          console.log([`seed ${seed}`, ...story, ...faults].join("\n"));
        expect({ seed, faults }).toEqual({ seed, faults: [] });
      }
    }, 300_000);
  }

  test("plays the same story for the same seed", async () => {
    await scratch.clear();
    const first = await play(scratch.db, 7);
    await scratch.clear();
    expect(await play(scratch.db, 7)).toEqual(first);
    await scratch.clear();
    expect((await play(scratch.db, 11)).story).not.toEqual(first.story);
  });
});

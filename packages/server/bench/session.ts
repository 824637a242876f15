import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";

import { type House, openHouse } from "../e2e/house.ts";
import { machineNamed } from "../e2e/named.ts";
import type { Person } from "../e2e/person.ts";
import { until } from "../e2e/until.ts";
import { bannerAt } from "./banner.ts";
import { type ByHand, byHand } from "./by-hand.ts";
import { median } from "./median.ts";

/**
 * `bun run bench:session`, as root, in a lab of its own: how long from the POST to sshd's banner, against the same work by hand;
 * alone, and the slowest of ten at once. Ours and by hand take turns, so that a machine that gets slower hits both.
 */

const ROUNDS = 10;
const AT_ONCE = 10;
const LIMITS = { alone: 1.3, slowest: 1.2 };

if (!machineNamed) {
  console.error("Run this with `bun run bench:session`, as root: it makes the lab that this needs.");
  process.exit(2);
}

/**
 * Until the session says RUNNING, and then its banner: that it is told is a part of our time.
 * @returns milliseconds from the POST to the banner, and the session
 */
async function ours(who: Person): Promise<{ ms: number; session: Session }> {
  const from = performance.now();
  const session = await who.start();
  await who.hears(session.id, "RUNNING");
  return { ms: (await bannerAt(session.ssh?.port ?? 0)) - from, session };
}

async function oursAtOnce(house: House, people: readonly Person[] | number): Promise<number> {
  const all =
    typeof people === "number"
      ? await Promise.all(Array.from({ length: people }, () => house.newPerson()))
      : people;
  const started = await Promise.all(all.map(ours));
  await Promise.all(
    started.map(async ({ session }, i) => {
      await all[i]?.reaches(session.id, "RUNNING", 60_000);
      await all[i]?.stop(session.id);
      await all[i]?.reaches(session.id, "STOPPED", 60_000);
    }),
  );
  await quiet(house);
  return Math.max(...started.map(({ ms }) => ms));
}

/** Until all is made ahead again that is: else the making would slow down whatever is measured next. */
async function quiet(house: House): Promise<void> {
  const keys = join(house.folder, "state/keys/spares");
  await until("host keys and networks to be made ahead", 60_000, async () => {
    const slugs = (await house.db.spareNetworks.all()).map(({ slug }) => slug);
    const networks = await house.engine.thingsOf(slugs);
    return networks.length >= AT_ONCE && (await readdir(keys)).length >= AT_ONCE;
  });
}

async function byHandAtOnce(hand: ByHand, count: number): Promise<number> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const times = await Promise.all(indexes.map((index) => hand.start(index)));
  await hand.clear();
  return Math.max(...times);
}

/** @returns whether the limit held */
function report(what: string, limit: number, mine: readonly number[], hands: readonly number[]): boolean {
  const ratio = median(mine) / median(hands);
  const list = (values: readonly number[]) => values.map((value) => Math.round(value)).join(" ");
  console.log(`\n${what}`);
  console.log(`  ours     median ${Math.round(median(mine))} ms   (${list(mine)})`);
  console.log(`  by hand  median ${Math.round(median(hands))} ms   (${list(hands)})`);
  const held = ratio <= limit;
  console.log(`  ratio    ${ratio.toFixed(2)}, at most ${limit}: ${held ? "held" : "NOT HELD"}`);
  return held;
}

async function compare(house: House, hand: ByHand, people: readonly Person[] | number) {
  const mine: number[] = [];
  const hands: number[] = [];
  const count = typeof people === "number" ? people : people.length;
  // Once to warm up both, not counted; then in turns, and whoever begins changes too.
  for (let round = 0; round <= ROUNDS; round++) {
    const steps = [
      async () => mine.push(await oursAtOnce(house, people)),
      async () => hands.push(await byHandAtOnce(hand, count)),
    ];
    for (const step of round % 2 === 0 ? steps : steps.reverse()) await step();
  }
  return [mine.slice(1), hands.slice(1)] as const;
}

const house = await openHouse({ gpus: AT_ONCE });
const hand = await byHand(house);
try {
  await quiet(house);
  console.log(`medians of ${ROUNDS}, from the POST (by hand: from the first command) to sshd's banner`);
  const held = [
    report("alone, a new user's first session", LIMITS.alone, ...(await compare(house, hand, 1))),
    report(
      "alone, in a workspace that is there",
      LIMITS.alone,
      ...(await compare(house, hand, [await house.newPerson()])),
    ),
    report(
      `the slowest of ${AT_ONCE} new users at once`,
      LIMITS.slowest,
      ...(await compare(house, hand, AT_ONCE)),
    ),
  ];
  process.exitCode = held.every(Boolean) ? 0 : 1;
} finally {
  await hand.clear();
  await house.close();
}

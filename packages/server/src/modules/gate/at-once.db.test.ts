import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { tokenHash } from "../../http/secrets.ts";
import { type House, testHouse } from "../../testing.ts";
import { browser, runningSession } from "./testing.ts";

const VISITORS = 9;
/** Each has a password to be hashed. */
const SETUP_MS_MAX = 60_000;

describe.if(databaseNamed)("look-ups of many visitors at once", () => {
  let house: House;
  let visitors: Awaited<ReturnType<typeof newVisitor>>[];
  beforeAll(async () => {
    house = await testHouse({ gpus: VISITORS });
    visitors = [];
    while (visitors.length < VISITORS) visitors.push(await newVisitor());
  }, SETUP_MS_MAX);
  afterAll(() => house.close());

  /** Somebody in a session of their own. */
  async function newVisitor() {
    const { id, cookie } = await house.signup();
    const { slug, host, address } = await runningSession(house, cookie);
    const one = browser(house, cookie);
    await one.enter(host);
    return { id, slug, host, address, one, token: one.apps.get(host) ?? "" };
  }

  test("go together into few statements, and each gets the answer of its own session and login alone", async () => {
    // More than go into one statement, in an order that is no visitor's own; some twice, some about nothing.
    const pairs = visitors.flatMap((there, i) =>
      visitors.map((_, k) => ({ there, who: visitors[(i * 5 + k * 7) % VISITORS] })),
    );
    const questions = [...pairs, ...pairs.slice(0, 9), ...pairs.slice(30, 60).reverse()];
    const answers = await Promise.all(
      questions.map(async ({ there, who }) => {
        const [visit, stranger, nothing] = await Promise.all([
          house.db.gate.visit(there.slug, tokenHash(who?.token ?? "")),
          house.db.gate.visit(there.slug, ""),
          house.db.gate.visit("aaaaaaaa", tokenHash(who?.token ?? "")),
        ]);
        const { session, app } = visit ?? {};
        return {
          owner: session?.userId,
          address: session?.address,
          user: app?.user.id,
          here: app?.here,
          stranger,
          nothing,
        };
      }),
    );
    const expected = questions.map(({ there, who }) => {
      const session = { userId: there.id, exposure: "EXTERNAL", state: "RUNNING", address: there.address };
      return {
        owner: there.id,
        address: there.address,
        user: who?.id,
        here: there === who,
        stranger: { session, app: undefined },
        nothing: undefined,
      };
    });
    expect(answers as unknown[]).toEqual(expected);
  });

  test("lead everybody to their own container, and nobody to another's", async () => {
    const seen = await Promise.all(
      visitors.flatMap(({ one, token }) =>
        visitors.map(async ({ host }) => {
          one.apps.set(host, token);
          const { status, headers } = await one.ask(host, "fetch");
          return [status, headers.get("x-medforge-upstream"), headers.get("x-medforge-user")];
        }),
      ),
    );
    const expected = visitors.flatMap(({ id, address, host }) =>
      visitors.map((there) => (there.host === host ? [200, `${address}:8080`, id] : [403, null, null])),
    );
    expect(seen).toEqual(expected);
  });
});

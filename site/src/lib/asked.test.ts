import { expect, test } from "bun:test";

import { createAsked, createLatest, createPages } from "./asked.ts";

/** Questions that are answered when the test says so. */
function questions<T>() {
  const asked: PromiseWithResolvers<T>[] = [];
  return {
    asked,
    ask: () => {
      const question = Promise.withResolvers<T>();
      asked.push(question);
      return question.promise;
    },
  };
}

test("a slow older answer never replaces a newer one", async () => {
  const { asked, ask } = questions<string>();
  const list = createAsked(ask);
  const newer = list.again();
  asked[1]?.resolve("new");
  await newer;
  asked[0]?.resolve("old");
  await asked[0]?.promise;
  expect(list.data()).toBe("new");
});

test("a server slower than the page asks is heard all the same", async () => {
  const { asked, ask } = questions<string>();
  const list = createAsked(ask);
  // Asked again before anything was answered, again and again.
  void list.again();
  void list.again();
  asked[0]?.resolve("first");
  await asked[0]?.promise;
  expect(list.data()).toBe("first");
  asked[2]?.reject(new TypeError("gone"));
  await asked[2]?.promise.catch(() => undefined);
  await Promise.resolve();
  expect([list.data(), list.problem()?.code]).toEqual(["first", "unreachable"]);
});

/** 7 numbers, 3 a page; the cursor is where the next one begins. */
function numbers() {
  const items = [0, 1, 2, 3, 4, 5, 6];
  const page = async (cursor: string | undefined) => {
    const from = Number(cursor ?? 0);
    const next = from + 3;
    return { items: items.slice(from, next), next: next < items.length ? String(next) : undefined };
  };
  return { items, page };
}

test("asking a list again keeps the pages that are shown, as they are now", async () => {
  const { items, page } = numbers();
  const list = createPages(page);
  await list.again();
  await list.more();
  expect([list.data(), list.hasMore()]).toEqual([[0, 1, 2, 3, 4, 5], true]);
  items.unshift(-1);
  await list.again();
  expect([list.data(), list.hasMore()]).toEqual([[-1, 0, 1, 2, 3, 4], true]);
  await list.more();
  expect([list.data(), list.hasMore()]).toEqual([[-1, 0, 1, 2, 3, 4, 5, 6], false]);
});

test("a list that was asked anew while its next page was under way has no line twice and none too few", async () => {
  const { items, page } = numbers();
  const held = Promise.withResolvers<void>();
  let holds = false;
  const list = createPages(async (cursor) => {
    const answer = await page(cursor);
    if (cursor !== undefined && holds) {
      holds = false;
      await held.promise;
    }
    return answer;
  });
  await list.again();
  holds = true;
  const more = list.more();
  items.unshift(-1);
  await list.again();
  held.resolve();
  await more;
  expect([list.data(), list.loadingMore()]).toEqual([[-1, 0, 1, 2, 3, 4], false]);
});

test("a next page that could not be had is said, and no more when the list is asked again", async () => {
  const { page } = numbers();
  let down = false;
  const list = createPages(async (cursor) => {
    if (down) throw new TypeError("gone");
    return page(cursor);
  });
  await list.again();
  down = true;
  await list.more();
  expect([list.problem()?.code, list.data(), list.loadingMore()]).toEqual(["unreachable", [0, 1, 2], false]);
  down = false;
  await list.again();
  expect([list.problem(), list.data()]).toEqual([undefined, [0, 1, 2]]);
});

test("an answer about one file is never shown for another one", async () => {
  const { asked, ask } = questions<string>();
  const check = createLatest(ask);
  void check.ask("a.csv");
  void check.ask("b.csv");
  asked[0]?.resolve("a is fit");
  await asked[0]?.promise;
  await Promise.resolve();
  expect([check.answer(), check.busy()]).toEqual([undefined, true]);
  asked[1]?.reject(new TypeError("gone"));
  await asked[1]?.promise.catch(() => undefined);
  await Promise.resolve();
  expect([check.answer(), check.busy(), check.problem()?.code]).toEqual([undefined, false, "unreachable"]);
  await check.ask(undefined);
  expect([check.problem(), check.busy()]).toEqual([undefined, false]);
});

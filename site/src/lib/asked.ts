import { type Accessor, batch, createSignal, onCleanup } from "solid-js";

import type { PageOf } from "./api.ts";
import { type ApiProblem, asProblem } from "./problem.ts";

/** What was asked of the server: one of waiting, failed or there. A later failure keeps what was there. */
export interface AskedOf<T> {
  readonly data: Accessor<T | undefined>;
  readonly problem: Accessor<ApiProblem | undefined>;
  readonly again: () => Promise<void>;
  /** For what an action answered: shown without asking again. */
  readonly set: (data: T) => void;
}

/** Asks at once, and every so often while the page is looked at. */
export function createAsked<T>(
  ask: () => Promise<T>,
  options: { readonly everyMs?: number } = {},
): AskedOf<T> {
  const [data, setData] = createSignal<T>();
  const [problem, setProblem] = createSignal<ApiProblem>();
  // A slow older answer must not overwrite a newer one; but it counts until that one is there, or a server that takes
  // longer than `everyMs` would never be heard.
  let turns = 0;
  let shown = 0;
  const show = (turn: number, answer: () => void) => {
    if (turn < shown) return;
    shown = turn;
    batch(answer);
  };
  const again = async () => {
    const turn = ++turns;
    try {
      const answer = await ask();
      show(turn, () => {
        setData(() => answer);
        setProblem(undefined);
      });
    } catch (error) {
      show(turn, () => setProblem(asProblem(error)));
    }
  };
  void again();
  if (options.everyMs !== undefined) {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void again();
    }, options.everyMs);
    const onVisible = () => {
      if (document.visibilityState === "visible") void again();
    };
    document.addEventListener("visibilitychange", onVisible);
    onCleanup(() => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    });
  }
  return {
    data,
    problem,
    again,
    set: (value) =>
      show(++turns, () => {
        setData(() => value);
        setProblem(undefined);
      }),
  };
}

/** A list that grows page by page. */
export interface AskedPages<Item> extends AskedOf<readonly Item[]> {
  readonly hasMore: Accessor<boolean>;
  readonly loadingMore: Accessor<boolean>;
  readonly more: () => Promise<void>;
}

/**
 * `again` asks for all the pages that are shown, so that what one looks at stays where it is. `page` is the newest of
 * them, for what it says of the whole.
 */
export function createPages<Item, Whole extends object = object>(
  page: (cursor: string | undefined) => Promise<PageOf<Item> & Whole>,
  options: { readonly everyMs?: number } = {},
): AskedPages<Item> & { readonly page: Accessor<(PageOf<Item> & Whole) | undefined> } {
  const [loadingMore, setLoadingMore] = createSignal(false);
  const [moreProblem, setMoreProblem] = createSignal<ApiProblem>();
  let pages = 1;
  const asked = createAsked(async () => {
    let shown = await page(undefined);
    for (let read = 1; read < pages && shown.next !== undefined; read += 1) {
      shown = joined(shown, await page(shown.next));
    }
    return shown;
  }, options);
  return {
    data: () => asked.data()?.items,
    problem: () => asked.problem() ?? moreProblem(),
    again: () => {
      setMoreProblem(undefined);
      return asked.again();
    },
    page: asked.data,
    set: (items) => {
      const known = asked.data();
      if (known !== undefined) asked.set({ ...known, items });
    },
    hasMore: () => asked.data()?.next !== undefined,
    loadingMore,
    more: async () => {
      const before = asked.data();
      if (before?.next === undefined || loadingMore()) return;
      setLoadingMore(true);
      try {
        const after = await page(before.next);
        pages += 1;
        setMoreProblem(undefined);
        // Asked anew meanwhile: what follows the older list need not follow this one.
        if (asked.data() === before) asked.set(joined(before, after));
        else await asked.again();
      } catch (error) {
        setMoreProblem(asProblem(error));
      } finally {
        setLoadingMore(false);
      }
    },
  };
}

function joined<Item, Page extends PageOf<Item>>(before: PageOf<Item>, after: Page): Page {
  return { ...after, items: [...before.items, ...after.items] };
}

/** Something the person does: one at a time, with what went wrong. */
export function createAction<Args extends readonly unknown[]>(act: (...args: Args) => Promise<void>) {
  const [busy, setBusy] = createSignal(false);
  const [problem, setProblem] = createSignal<ApiProblem>();
  return {
    busy,
    problem,
    clear: () => setProblem(undefined),
    /** @returns whether it was done */
    run: async (...args: Args): Promise<boolean> => {
      if (busy()) return false;
      setBusy(true);
      setProblem(undefined);
      try {
        await act(...args);
        return true;
      } catch (error) {
        setProblem(asProblem(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** What is found out about a file that was chosen: choosing another one drops what was found, or still would be. */
export function createLatest<Subject, Answer>(about: (subject: Subject) => Promise<Answer>) {
  const [busy, setBusy] = createSignal(false);
  const [answer, setAnswer] = createSignal<Answer>();
  const [problem, setProblem] = createSignal<ApiProblem>();
  let turns = 0;
  const show = (found: { readonly answer?: Answer; readonly problem?: ApiProblem; readonly busy: boolean }) =>
    batch(() => {
      setBusy(found.busy);
      setAnswer(() => found.answer);
      setProblem(found.problem);
    });
  return {
    busy,
    answer,
    problem,
    ask: async (subject: Subject | undefined) => {
      const turn = ++turns;
      show({ busy: subject !== undefined });
      if (subject === undefined) return;
      const found = await about(subject).then(
        (given) => ({ answer: given, busy: false }),
        (error: unknown) => ({ problem: asProblem(error), busy: false }),
      );
      if (turn === turns) show(found);
    },
  };
}

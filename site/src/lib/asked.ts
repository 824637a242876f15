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
  // Only the newest answer counts: a slow older one must not overwrite it.
  let turn = 0;
  const again = async () => {
    const mine = ++turn;
    try {
      const answer = await ask();
      if (mine !== turn) return;
      batch(() => {
        setData(() => answer);
        setProblem(undefined);
      });
    } catch (error) {
      if (mine === turn) setProblem(asProblem(error));
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
    set: (value) => {
      turn += 1;
      batch(() => {
        setData(() => value);
        setProblem(undefined);
      });
    },
  };
}

/** A list that grows page by page. */
export interface AskedPages<Item> extends AskedOf<readonly Item[]> {
  readonly hasMore: Accessor<boolean>;
  readonly loadingMore: Accessor<boolean>;
  readonly more: () => Promise<void>;
}

/** `again` begins at the first page; what was loaded beyond it is dropped. */
export function createPages<Item>(
  page: (cursor: string | undefined) => Promise<PageOf<Item>>,
  options: { readonly everyMs?: number } = {},
): AskedPages<Item> {
  const [next, setNext] = createSignal<string>();
  const [loadingMore, setLoadingMore] = createSignal(false);
  const [moreProblem, setMoreProblem] = createSignal<ApiProblem>();
  const first = createAsked(async () => {
    const { items, next: cursor } = await page(undefined);
    setNext(cursor);
    return items;
  }, options);
  return {
    ...first,
    problem: () => first.problem() ?? moreProblem(),
    hasMore: () => next() !== undefined,
    loadingMore,
    more: async () => {
      const cursor = next();
      if (cursor === undefined || loadingMore()) return;
      setLoadingMore(true);
      try {
        const { items, next: after } = await page(cursor);
        batch(() => {
          first.set([...(first.data() ?? []), ...items]);
          setNext(after);
          setMoreProblem(undefined);
        });
      } catch (error) {
        setMoreProblem(asProblem(error));
      } finally {
        setLoadingMore(false);
      }
    },
  };
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

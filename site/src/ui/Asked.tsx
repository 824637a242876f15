import { type JSX, Match, Show, Switch } from "solid-js";

import type { AskedOf, AskedPages } from "../lib/asked.ts";
import { loginHref } from "../lib/me.ts";
import { Button } from "./Button.tsx";
import { Notice, ProblemNotice } from "./Notice.tsx";

/** Waiting, failed or there: every page shows the three in the same way. */
export function Asked<T>(props: {
  readonly of: AskedOf<T>;
  readonly children: (data: () => NonNullable<T>) => JSX.Element;
  /** Instead of the grey bars while waiting. */
  readonly waiting?: JSX.Element;
}) {
  return (
    <div class="grid gap-3" aria-busy={props.of.data() === undefined && props.of.problem() === undefined}>
      <Show
        when={props.of.problem()?.code !== "not_authenticated"}
        fallback={
          <Notice tone="bad" title="Your login has ended">
            What you see here may be old. <a href={loginHref()}>Sign in</a>, and you come back to this page.
          </Notice>
        }
      >
        <ProblemNotice problem={props.of.problem()} again={() => void props.of.again()} />
      </Show>
      <Switch>
        <Match when={props.of.data()}>{(data) => props.children(data as () => NonNullable<T>)}</Match>
        <Match when={props.of.problem() === undefined}>{props.waiting ?? <Waiting />}</Match>
      </Switch>
    </div>
  );
}

/** A list: what it says when it is empty is part of the page, not an afterthought. */
export function AskedList<Item>(props: {
  readonly of: AskedPages<Item>;
  readonly empty: JSX.Element;
  readonly children: (items: () => readonly Item[]) => JSX.Element;
}) {
  return (
    <Asked of={props.of}>
      {(items) => (
        <Show when={items().length > 0} fallback={<Empty>{props.empty}</Empty>}>
          {props.children(items)}
          <Show when={props.of.hasMore()}>
            <div>
              <Button busy={props.of.loadingMore()} onClick={() => void props.of.more()}>
                Show more
              </Button>
            </div>
          </Show>
        </Show>
      )}
    </Asked>
  );
}

export function Empty(props: { readonly children: JSX.Element }) {
  return (
    <div class="rounded-md border border-dashed border-line px-4 py-8 text-center text-sm text-soft">
      {props.children}
    </div>
  );
}

export function Waiting() {
  return (
    <div role="status" class="grid gap-2">
      <span class="sr-only">Loading</span>
      <div class="h-5 w-2/3 animate-pulse rounded bg-sunken" />
      <div class="h-5 w-1/2 animate-pulse rounded bg-sunken" />
      <div class="h-5 w-3/5 animate-pulse rounded bg-sunken" />
    </div>
  );
}

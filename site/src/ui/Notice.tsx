import { createSignal, For, type JSX, onCleanup, Show } from "solid-js";

import { durationText } from "../lib/format.ts";
import { type ApiProblem, placeOf } from "../lib/problem.ts";
import { Button } from "./Button.tsx";

const TONES = {
  info: "border-line bg-accent-wash",
  good: "border-good bg-good-wash",
  warn: "border-warn bg-warn-wash",
  bad: "border-bad bg-bad-wash",
} as const;

export function Notice(props: {
  readonly tone?: keyof typeof TONES;
  readonly title?: string;
  readonly children?: JSX.Element;
}) {
  return (
    <div
      role={props.tone === "bad" ? "alert" : "status"}
      class={`rounded-md border px-4 py-3 text-sm [&_a]:underline ${TONES[props.tone ?? "info"]}`}
    >
      <Show when={props.title}>{(title) => <p class="font-semibold">{title()}</p>}</Show>
      {props.children}
    </div>
  );
}

/** What the server refused: its own words, its code, and the id by which an admin finds it in the log. */
export function ProblemNotice(props: {
  readonly problem: ApiProblem | undefined;
  readonly again?: () => void;
  /** Whether what is wrong with this path stands somewhere else already, at its field. */
  readonly isShown?: (path: string) => boolean;
}) {
  const errors = () => (props.problem?.errors ?? []).filter(({ path }) => props.isShown?.(path) !== true);
  return (
    <Show when={props.problem} keyed>
      {(problem) => (
        <Notice tone="bad" title={problem.message}>
          <p>{problem.detail}</p>
          <Show when={problem.retryAfterS}>{(seconds) => <Wait seconds={seconds()} />}</Show>
          <Show when={errors().length > 0}>
            <ul class="mt-1 list-disc pl-5">
              <For each={errors().slice(0, 20)}>
                {(fault) => (
                  <li>
                    <code>{placeOf(fault)}</code> {fault.message}
                  </li>
                )}
              </For>
            </ul>
          </Show>
          <p class="mt-1 font-mono text-xs break-all text-soft">
            {problem.code}
            <Show when={problem.requestId}>{(id) => <> · request {id()}</>}</Show>
          </p>
          <Show when={props.again}>
            {(again) => (
              <Button class="mt-2" onClick={() => again()()}>
                Try again
              </Button>
            )}
          </Show>
        </Notice>
      )}
    </Show>
  );
}

/** What ends by itself counts down to when another try makes sense. */
function Wait(props: { readonly seconds: number }) {
  const until = performance.now() + props.seconds * 1000;
  const [leftS, setLeftS] = createSignal(props.seconds);
  const timer = setInterval(() => setLeftS(Math.max(0, (until - performance.now()) / 1000)), 1_000);
  onCleanup(() => clearInterval(timer));
  return (
    // A reader that spoke every second would say nothing else.
    <p aria-live="off">
      {leftS() > 0 ? `Try again in ${durationText(Math.ceil(leftS()))}.` : "You can try again now."}
    </p>
  );
}

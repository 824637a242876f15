import { type JSX, Show } from "solid-js";

import type { FormOf } from "../lib/form.ts";
import { Button, type ButtonKind } from "./Button.tsx";
import { Notice, ProblemNotice } from "./Notice.tsx";

/** Fields, what the server refused, what was done, and the button that sends. */
export function Form(props: {
  readonly of: FormOf;
  readonly children: JSX.Element;
  /** What the button says. */
  readonly send: string;
  readonly kind?: ButtonKind;
  readonly disabled?: boolean;
  /** Said when it was sent; gone with the next change. */
  readonly done?: string;
  /** Between the fields and the button, or beside it. */
  readonly result?: JSX.Element;
  readonly beside?: JSX.Element;
  readonly class?: string;
}) {
  return (
    <form
      class={`grid gap-4 ${props.class ?? ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (props.disabled !== true) void props.of.send();
      }}
    >
      {props.children}
      <ProblemNotice problem={props.of.problem()} isShown={props.of.isAtField} />
      <Show when={props.of.sent() && props.done}>{(done) => <Notice tone="good">{done()}</Notice>}</Show>
      {props.result}
      <div class="flex flex-wrap items-center gap-3">
        <Button
          type="submit"
          kind={props.kind ?? "plain"}
          busy={props.of.busy()}
          disabled={props.disabled === true}
        >
          {props.send}
        </Button>
        {props.beside}
      </div>
    </form>
  );
}

import { createSignal, type JSX, Show } from "solid-js";

import { createAction } from "../lib/asked.ts";
import { Button, type ButtonKind } from "./Button.tsx";
import { Field } from "./Field.tsx";
import { LazyDialog, loadDialog } from "./LazyDialog.tsx";
import { ProblemNotice } from "./Notice.tsx";

/** A button that asks before it acts; for what cannot be undone the name has to be typed. */
export function Confirm(props: {
  readonly button: JSX.Element;
  readonly kind?: ButtonKind;
  readonly title: string;
  readonly children: JSX.Element;
  readonly yes: string;
  readonly typed?: string;
  readonly disabled?: boolean;
  readonly act: () => Promise<void>;
}) {
  const [open, setOpen] = createSignal(false);
  const [typed, setTyped] = createSignal("");
  const action = createAction(() => props.act());
  const show = (now: boolean) => {
    setOpen(now);
    setTyped("");
    action.clear();
  };
  const fits = () => props.typed === undefined || typed() === props.typed;
  return (
    <>
      <Button
        kind={props.kind ?? "plain"}
        disabled={props.disabled === true}
        onPointerEnter={loadDialog}
        onFocus={loadDialog}
        onClick={() => show(true)}
      >
        {props.button}
      </Button>
      <LazyDialog open={open()} onOpenChange={show} title={props.title}>
        <form
          class="grid gap-4"
          onSubmit={async (event) => {
            event.preventDefault();
            if (fits() && (await action.run())) show(false);
          }}
        >
          <div class="text-sm">{props.children}</div>
          <Show when={props.typed}>
            {(name) => (
              <Field
                label={`Type “${name()}” to go on`}
                autocomplete="off"
                value={typed()}
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            )}
          </Show>
          <ProblemNotice problem={action.problem()} />
          <div class="flex flex-wrap justify-end gap-2">
            <Button onClick={() => show(false)}>Cancel</Button>
            <Button type="submit" kind={props.kind ?? "primary"} busy={action.busy()} disabled={!fits()}>
              {props.yes}
            </Button>
          </div>
        </form>
      </LazyDialog>
    </>
  );
}

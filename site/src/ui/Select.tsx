import { createUniqueId, For, type JSX, Show } from "solid-js";

/** The browser's own select: it works everywhere, with every reader and on every phone. */
export function Select<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly hint?: JSX.Element;
}) {
  const id = createUniqueId();
  return (
    <div class="grid gap-1">
      <label for={id} class="text-sm font-medium">
        {props.label}
      </label>
      <select
        id={id}
        class="min-h-9 rounded-md border border-line bg-surface px-2 py-1.5 text-sm"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value as Value)}
      >
        <For each={props.options}>{(option) => <option value={option.value}>{option.text}</option>}</For>
      </select>
      <Show when={props.hint}>
        <p class="text-xs text-soft">{props.hint}</p>
      </Show>
    </div>
  );
}

import { createUniqueId, type JSX, Show, splitProps } from "solid-js";

/** A labelled text of several lines with its hint and what is wrong with it. */
export function TextArea(
  props: JSX.TextareaHTMLAttributes<HTMLTextAreaElement> & {
    readonly label: string;
    readonly hint?: JSX.Element;
    readonly fault?: string | undefined;
  },
) {
  const [own, rest] = splitProps(props, ["label", "hint", "fault"]);
  const id = createUniqueId();
  return (
    <div class="grid gap-1">
      <label for={id} class="text-sm font-medium">
        {own.label}
      </label>
      <textarea
        rows={6}
        {...rest}
        id={id}
        aria-invalid={own.fault !== undefined}
        aria-describedby={`${id}-hint ${id}-fault`}
        class={`w-full rounded-md border bg-surface px-3 py-1.5 text-sm text-ink ${own.fault === undefined ? "border-line" : "border-bad"}`}
      />
      <Show when={own.hint}>
        <p id={`${id}-hint`} class="text-xs text-soft">
          {own.hint}
        </p>
      </Show>
      <p id={`${id}-fault`} class="text-xs text-bad empty:hidden" aria-live="polite">
        {own.fault}
      </p>
    </div>
  );
}

import { Show } from "solid-js";

import { Button } from "./Button.tsx";

/** How far something is that can be given up; without numbers, that it goes on. */
export function Progress(props: {
  readonly text: string;
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  readonly onCancel: () => void;
}) {
  return (
    <div class="flex flex-wrap items-center gap-3 text-sm">
      <Show when={props.progress} fallback={<progress class="h-2 grow" aria-label={props.text} />}>
        {(now) => <progress class="h-2 grow" max={now().total} value={now().done} aria-label={props.text} />}
      </Show>
      <span class="text-soft">{props.text}</span>
      <Button onClick={props.onCancel}>Cancel</Button>
    </div>
  );
}

import { type ComponentProps, createMemo, lazy, Show } from "solid-js";

const DialogBox = lazy(() => import("./DialogBox.tsx"));

/** For when somebody is about to open one. */
export const loadDialog = () => void DialogBox.preload();

/** A dialog whose code comes with its first opening: a table may have hundreds that nobody opens. */
export function LazyDialog(props: ComponentProps<typeof DialogBox>) {
  const everOpen = createMemo<boolean>((before) => before || props.open, false);
  return (
    <Show when={everOpen()}>
      <DialogBox {...props} />
    </Show>
  );
}

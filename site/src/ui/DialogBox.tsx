import { Dialog } from "@kobalte/core/dialog";
import { createComputed, type JSX } from "solid-js";

/** Traps the focus and gives it back; Escape closes it. Use it through `LazyDialog`: most dialogs are never opened. */
export default function DialogBox(props: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: JSX.Element;
}) {
  // Kobalte gives the focus back to a trigger of its own; ours are buttons of the page.
  let opener: Element | null = null;
  createComputed(() => {
    if (props.open) opener = document.activeElement;
  });
  return (
    <Dialog open={props.open} onOpenChange={props.onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-40 bg-black/50" />
        <div class="fixed inset-0 z-50 grid place-items-center overflow-y-auto p-4">
          <Dialog.Content
            onCloseAutoFocus={(event) => {
              event.preventDefault();
              if (opener instanceof HTMLElement) opener.focus();
            }}
            class="w-full max-w-lg rounded-lg border border-line bg-surface p-5 text-ink shadow-xl"
          >
            <Dialog.Title class="mb-3 text-lg font-semibold">{props.title}</Dialog.Title>
            {props.children}
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}

import { Check, Copy } from "lucide-solid";
import { createSignal, Show } from "solid-js";

/** A line or block to take into a shell or a file. */
export function CopyLine(props: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = createSignal(false);
  let shown: HTMLPreElement | undefined;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
    } catch {
      // Refused, or no clipboard on a page without https: what is selected is one key away from it.
      if (shown !== undefined) getSelection()?.selectAllChildren(shown);
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div class="flex items-start gap-1 rounded-md border border-line bg-sunken">
      <pre ref={shown} class="grow px-3 py-2 font-mono text-sm break-all whitespace-pre-wrap">
        {props.text}
      </pre>
      <button
        type="button"
        class="m-1 rounded p-1.5 text-soft hover:text-ink"
        aria-label={`Copy ${props.label}`}
        onClick={() => void copy()}
      >
        <Show when={copied()} fallback={<Copy size={16} aria-hidden="true" />}>
          <Check size={16} aria-hidden="true" />
        </Show>
      </button>
      <span class="sr-only" aria-live="polite">
        {copied() ? "Copied" : ""}
      </span>
    </div>
  );
}

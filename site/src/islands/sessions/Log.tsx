import { createSignal, Show } from "solid-js";

import { ask, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";

/** What the session's main process says, sshd above all: asked for when somebody wants to see it. */
export function Log(props: { readonly id: string }) {
  const [open, setOpen] = createSignal(false);
  return (
    <Card
      title="Log"
      side={
        <Show when={!open()}>
          <Button onClick={() => setOpen(true)}>Show it</Button>
        </Show>
      }
    >
      <Show
        when={open()}
        fallback={<p class="text-sm text-soft">The last lines of what its main process wrote.</p>}
      >
        <Lines id={props.id} />
      </Show>
    </Card>
  );
}

function Lines(props: { readonly id: string }) {
  const log = createAsked(() => ask(here.sessions({ id: props.id }).log.get()));
  return (
    <Asked of={log}>
      {(known) => (
        <>
          <Show when={known().text !== ""} fallback={<Empty>It has written nothing.</Empty>}>
            <section
              aria-label="Log"
              tabindex="0"
              class="max-h-80 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs whitespace-pre-wrap"
            >
              {known().text}
            </section>
          </Show>
          <div>
            <Button onClick={() => void log.again()}>Read it again</Button>
          </div>
        </>
      )}
    </Asked>
  );
}

import type { SessionPort } from "@medforge/contracts/sessions";
import { Index, Show } from "solid-js";

import { ask, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";

const LOOK_EVERY_MS = 5_000;

/** What runs in the session and can be looked at: Jupyter, TensorBoard, an app of one's own. */
export function Ports(props: { readonly id: string }) {
  const asked = createAsked(() => ask(here.sessions({ id: props.id }).ports.get()), {
    everyMs: LOOK_EVERY_MS,
  });
  return (
    <Card title="Web pages of this session">
      <Asked of={asked}>
        {(known) => (
          <Show
            when={known().ports.length > 0}
            fallback={
              <Empty>
                Nothing in it listens yet. A program that does, on 0.0.0.0, is linked here by itself; try{" "}
                <code>python3 -m http.server 8080</code>.
              </Empty>
            }
          >
            <ul class="grid gap-2 text-sm">
              {/* Not For: the next answer would take the focus from a link. */}
              <Index each={known().ports}>{(port) => <Port of={port()} />}</Index>
            </ul>
            <Show when={known().more}>
              <p class="text-sm text-soft">There are more ports than are listed here.</p>
            </Show>
          </Show>
        )}
      </Asked>
    </Card>
  );
}

function Port(props: { readonly of: SessionPort }) {
  return (
    <li class="flex flex-wrap gap-x-3">
      <span class="font-medium">Port {props.of.port}</span>
      <Show when={props.of.url} fallback={<span class="text-soft">{obstacleText(props.of)}</span>}>
        {(url) => (
          <a href={url()} target="_blank" rel="noreferrer" class="break-all">
            {new URL(url()).host}
          </a>
        )}
      </Show>
    </li>
  );
}

function obstacleText({ obstacle }: SessionPort): string {
  return obstacle === "system_port"
    ? "has no page: make it listen on a port from 1024 up"
    : "listens on 127.0.0.1 only: make it listen on 0.0.0.0";
}

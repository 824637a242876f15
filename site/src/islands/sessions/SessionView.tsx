import type { Session, SessionMove } from "@medforge/contracts/sessions";
import { createSignal, For, onCleanup, onMount, Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { ask, askPage, followSession, here, surface } from "../../lib/api.ts";
import { type AskedOf, createAsked } from "../../lib/asked.ts";
import { durationText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { ApiProblem } from "../../lib/problem.ts";
import { Asked } from "../../ui/Asked.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Time } from "../../ui/Time.tsx";
import { Charts } from "./Charts.tsx";
import { ExpectedWait } from "./ExpectedWait.tsx";
import { Log } from "./Log.tsx";
import { Ports } from "./Ports.tsx";
import { isOver, StateBadge, stateText } from "./state.tsx";

const LOOK_EVERY_MS = 10_000;

/** `/sessions/<slug>/`: what it does now, how to get in, and why it moved. */
export function SessionView() {
  const slug = nameInPath();
  const session = createAsked(
    async () => {
      await requireMe();
      const found = (await askPage(here.sessions.get({ query: { slug, limit: 1 } }))).items[0];
      if (found !== undefined) return found;
      throw new ApiProblem({
        status: 404,
        code: "not_found",
        title: "There is no such session",
        detail: "You have no session of this name on this portal. Your sessions are listed under Sessions.",
      });
    },
    { everyMs: LOOK_EVERY_MS },
  );
  return (
    <Asked of={session}>
      {(known) => (
        <div class="grid gap-6">
          <Head session={known()} asked={session} />
          <Show when={known().state === "RUNNING"}>
            <HowToGetIn session={known()} />
            <Ports id={known().id} />
            <Charts id={known().id} />
          </Show>
          <div class="grid gap-6 lg:grid-cols-2">
            <Facts session={known()} />
            <Moves id={known().id} onMove={() => void session.again()} />
          </div>
          <Show when={!isOver(known().state) && known().state !== "QUEUED"}>
            <Log id={known().id} />
          </Show>
        </div>
      )}
    </Asked>
  );
}

function Head(props: { readonly session: Session; readonly asked: AskedOf<Session> }) {
  const stop = async () => props.asked.set(await ask(here.sessions({ id: props.session.id }).stop.post()));
  return (
    <div class="grid gap-3">
      <div class="flex flex-wrap items-center gap-3">
        <h1 class="font-mono">{props.session.slug}</h1>
        <StateBadge state={props.session.state} />
        <div class="ml-auto flex gap-2">
          <Show when={!isOver(props.session.state) && props.session.state !== "STOPPING"}>
            <Confirm
              button="Stop"
              kind="danger"
              title="Stop this session?"
              yes={props.session.state === "QUEUED" ? "Leave the queue" : "Stop it"}
              act={stop}
            >
              <Show when={props.session.state !== "QUEUED"} fallback="You lose your place in the queue.">
                Everything that runs in it ends. Your files stay in the workspace, and a snapshot of them is
                taken.
              </Show>
            </Confirm>
          </Show>
        </div>
      </div>
      <Show when={props.session.queue_position}>
        {(position) => (
          <Notice title={`Place ${position()} in the queue`}>
            It starts by itself when a GPU is free for you: who used the least GPU time in the last seven days
            goes first.
            <ExpectedWait session={props.session} />
          </Notice>
        )}
      </Show>
      <Show when={props.session.message}>
        {(message) => <Notice tone={props.session.state === "ERROR" ? "bad" : "info"}>{message()}</Notice>}
      </Show>
    </div>
  );
}

function HowToGetIn(props: { readonly session: Session }) {
  const host = () => `medforge-${props.session.slug}`;
  const config = (host_: string, port: number, user: string) =>
    `Host ${host()}\n  HostName ${host_}\n  Port ${port}\n  User ${user}`;
  return (
    <Show when={props.session.ssh}>
      {(ssh) => (
        <Card title="Get in">
          <div class="grid gap-3">
            <CopyLine label="the ssh command" text={ssh().command} />
            <div>
              <ButtonLink href={`/sessions/${props.session.slug}/terminal/`}>Open a terminal here</ButtonLink>
            </div>
            <details>
              <summary class="cursor-pointer text-sm text-soft">
                For ~/.ssh/config, VS Code and other programs
              </summary>
              <div class="mt-3 grid gap-3">
                <CopyLine
                  label="the block for ~/.ssh/config"
                  text={config(ssh().host, ssh().port, ssh().user)}
                />
                <Show when={props.session.host_ca}>
                  {(line) => (
                    <>
                      <p class="text-sm text-soft">
                        With this line in <code>~/.ssh/known_hosts</code> no host key is ever asked about:
                      </p>
                      <CopyLine label="the line for known_hosts" text={line()} />
                    </>
                  )}
                </Show>
                <div>
                  <ButtonLink
                    href={`vscode://vscode-remote/ssh-remote+${ssh().user}@${ssh().host}:${ssh().port}/workspace`}
                  >
                    Open in VS Code
                  </ButtonLink>
                </div>
                <Show when={surface === "internal"}>
                  <p class="text-sm text-soft">
                    An internal session downloads nothing: set{" "}
                    <code>"remote.SSH.localServerDownload": "always"</code> in VS Code, and its server is
                    copied over SSH.
                  </p>
                </Show>
              </div>
            </details>
          </div>
        </Card>
      )}
    </Show>
  );
}

function Facts(props: { readonly session: Session }) {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 1_000);
  onCleanup(() => clearInterval(timer));
  const age = () => {
    const { running_at: from, ended_at: to } = props.session;
    return from === null ? undefined : ((to === null ? now() : Date.parse(to)) - Date.parse(from)) / 1000;
  };
  return (
    <Card title="About it">
      <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
        <dt class="text-soft">Workspace</dt>
        <dd>
          <a href={`/workspaces/${props.session.workspace.id}/`}>{props.session.workspace.name}</a>
        </dd>
        <dt class="text-soft">Pack</dt>
        <dd>{props.session.pack.name}</dd>
        <dt class="text-soft">GPU</dt>
        <dd>
          <Show when={props.session.gpu} fallback="none yet">
            {(gpu) => (
              <>
                {gpu().name} <span class="font-mono text-xs break-all text-soft">{gpu().uuid}</span>
              </>
            )}
          </Show>
        </dd>
        <dt class="text-soft">Asked for</dt>
        <dd>
          <Time at={props.session.created_at} />
        </dd>
        <Show when={age()}>
          {(seconds) => (
            <>
              <dt class="text-soft">{props.session.ended_at === null ? "Running for" : "Ran for"}</dt>
              <dd>{durationText(seconds())}</dd>
            </>
          )}
        </Show>
        <Show when={props.session.snapshot}>
          {(snapshot) => (
            <>
              <dt class="text-soft">Snapshot at its end</dt>
              <dd class="font-mono">{snapshot()}</dd>
            </>
          )}
        </Show>
      </dl>
    </Card>
  );
}

/** Every move and its reason, the moment it is made. */
function Moves(props: { readonly id: string; readonly onMove: () => void }) {
  const [moves, setMoves] = createSignal<readonly (SessionMove & { readonly id: string })[]>([]);
  onMount(() => {
    const stop = followSession(props.id, (id, move) => {
      // After a break the server may tell what was heard before.
      if (moves().some((known) => known.id === id)) return;
      setMoves((known) => [...known, { ...move, id }]);
      props.onMove();
    });
    onCleanup(stop);
  });
  return (
    <Card title="What happened">
      <ol aria-live="polite" class="grid gap-2 text-sm">
        <For each={moves()}>
          {(move) => (
            <li class="flex flex-wrap gap-x-3">
              <span class="text-soft">
                <Time at={move.at} />
              </span>
              <span class="font-medium">{stateText(move.to)}</span>
              <Show when={move.message ?? move.reason}>
                {(why) => <span class="text-soft">{why()}</span>}
              </Show>
            </li>
          )}
        </For>
      </ol>
    </Card>
  );
}

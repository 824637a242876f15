import type { Session } from "@medforge/contracts/sessions";
import type { TerminalGreeting } from "@medforge/contracts/terminal";
import { TERMINAL_CLOSED } from "@medforge/contracts/terminal-closed";
import { createSignal, onCleanup, onMount, Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { askPage, here, openTerminal } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { ApiProblem } from "../../lib/problem.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Button } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";

const AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** The server takes 64 KiB a message; a character has at most 3 bytes here. */
const TYPED_CHARACTERS_MAX = 16_384;

/** Why it is over, by the code with which the server closed. */
const OVER: Readonly<Record<number, string>> = {
  [TERMINAL_CLOSED.shellEnded]: "The shell has ended.",
  [TERMINAL_CLOSED.loginEnded]: "Your login or your right to be here has ended.",
  [TERMINAL_CLOSED.sessionEnded]: "The session does not run any more.",
  [TERMINAL_CLOSED.takenOver]: "This shell was opened in another tab.",
  [TERMINAL_CLOSED.unfit]: "More was pasted at once than the shell could take.",
};

/** `/sessions/<slug>/terminal/`: a shell that comes back with what it had printed. */
export function TerminalView() {
  const slug = nameInPath();
  const session = createAsked(async () => {
    await requireMe();
    const found = (await askPage(here.sessions.get({ query: { slug, limit: 1 } }))).items[0];
    if (found?.state === "RUNNING") return found;
    throw new ApiProblem({
      status: 409,
      code: "state_conflict",
      title: "No terminal here",
      detail: "You have no session of this name on this portal that runs.",
    });
  });
  return (
    <div class="grid gap-4">
      <h1 class="font-mono">
        <a href={`/sessions/${slug}/`}>{slug}</a> terminal
      </h1>
      <Asked of={session}>{(known) => <Screen session={known()} />}</Asked>
    </div>
  );
}

function Screen(props: { readonly session: Session }) {
  const [said, setSaid] = createSignal<string>();
  const [over, setOver] = createSignal(false);
  const remembered = `terminal ${props.session.id}`;
  let place: HTMLDivElement | undefined;
  let leave: HTMLParagraphElement | undefined;
  let start = () => {};
  onMount(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    onCleanup(() => {
      gone = true;
      stop?.();
    });
    Promise.all([import("@xterm/xterm"), import("@xterm/addon-fit")])
      .then(([{ Terminal }, { FitAddon }]) => {
        if (gone || place === undefined) return;
        const terminal = new Terminal({
          fontFamily: "ui-monospace, monospace",
          fontSize: 14,
          scrollback: 5_000,
        });
        const fit = new FitAddon();
        terminal.loadAddon(fit);
        terminal.open(place);
        fit.fit();
        // Tab belongs to the shell: without a way out, the keyboard would be caught here.
        terminal.attachCustomKeyEventHandler((event) => {
          if (event.key !== "F6" || !event.shiftKey) return true;
          leave?.focus();
          return false;
        });
        const size = () => ({
          columns: Math.min(Math.max(terminal.cols, 2), 500),
          rows: Math.min(Math.max(terminal.rows, 2), 300),
        });
        let socket: WebSocket | undefined;
        let timer: ReturnType<typeof setTimeout> | undefined;
        let tries = 0;
        const connect = () => {
          const line = openTerminal(
            props.session.id,
            size(),
            sessionStorage.getItem(remembered) ?? undefined,
          );
          socket = line;
          line.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
            if (typeof data !== "string") return terminal.write(new Uint8Array(data));
            const { shell } = JSON.parse(data) as TerminalGreeting;
            sessionStorage.setItem(remembered, shell);
            tries = 0;
            // What it had printed follows.
            terminal.reset();
            setSaid(undefined);
            terminal.focus();
          };
          line.onclose = ({ code }) => {
            if (gone || socket !== line) return;
            const wait = AGAIN_MS[tries++];
            const why = OVER[code] ?? (wait === undefined ? "The connection is lost." : undefined);
            if (why === undefined) {
              setSaid("The connection is lost; it is tried again.");
              timer = setTimeout(connect, wait);
              return;
            }
            if (code !== 1006) sessionStorage.removeItem(remembered);
            setSaid(why);
            setOver(true);
          };
        };
        const typed = (text: string) => {
          if (socket?.readyState !== WebSocket.OPEN) return;
          for (let at = 0; at < text.length; at += TYPED_CHARACTERS_MAX) {
            socket.send(new TextEncoder().encode(text.slice(at, at + TYPED_CHARACTERS_MAX)));
          }
        };
        terminal.onData(typed);
        terminal.onResize(() => {
          if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(size()));
        });
        const watched = new ResizeObserver(() => fit.fit());
        watched.observe(place);
        start = () => {
          tries = 0;
          setOver(false);
          connect();
        };
        stop = () => {
          clearTimeout(timer);
          watched.disconnect();
          socket?.close();
          terminal.dispose();
        };
        connect();
      })
      .catch((error: unknown) =>
        setSaid(`The terminal could not be loaded (${String(error)}): reload the page.`),
      );
  });
  return (
    <div class="grid gap-3">
      <p ref={leave} tabindex="-1" class="text-sm text-soft">
        Shift-F6 leaves the terminal. The shell waits two minutes for you to come back.
      </p>
      <Show when={said()}>
        {(words) => (
          <Notice tone={over() ? "info" : "warn"}>
            {words()}{" "}
            <Show when={over()}>
              <Button onClick={() => start()}>Open it again</Button>
            </Show>
          </Notice>
        )}
      </Show>
      <section
        ref={place}
        data-keeps-keys
        aria-label="Terminal"
        class="h-[70dvh] min-h-60 overflow-hidden rounded-md bg-black p-2"
      />
    </div>
  );
}

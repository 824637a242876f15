import { setMaxListeners } from "node:events";

import type { SessionMove } from "@medforge/contracts/sessions";
import { isTerminal } from "@medforge/core/session";
import type { SessionEvent } from "@medforge/db/queries/events";

import type { Deps } from "../../deps.ts";
import { instantText } from "../../http/envelope.ts";

/**
 * Often enough that no proxy, and not Bun's own idle limit of 10 s, takes the silence for an end, and that whoever lost
 * the right to listen hears nothing more within 5 s, whichever process took it.
 */
const HEARTBEAT_MS = 4_000;
/** The browser comes back by itself, and is asked again who it is. */
const STREAM_MS_MAX = 15 * 60_000;
const RETRY_MS = 2_000;

export interface Listening {
  readonly sessionId: string;
  /** The last event that was heard before. */
  readonly after: number | undefined;
  /** Whether the listener may still hear it. */
  readonly allowed: () => Promise<boolean>;
  /** Aborts when nobody listens any more. */
  readonly gone: AbortSignal;
}

/**
 * Every move of a session as server-sent events (WHATWG HTML, 9.2); ends with the session, or with the right to
 * listen. The bell only wakes it: what it tells is what the database holds.
 */
export function eventStream(
  deps: Deps,
  { sessionId, after, allowed, gone }: Listening,
): ReadableStream<Uint8Array> {
  const over = new AbortController();
  const end = () => over.abort();
  const events = tell(deps, { sessionId, after, allowed, gone: over.signal });
  const encoder = new TextEncoder();
  return new ReadableStream({
    start() {
      gone.addEventListener("abort", end, { once: true });
      if (gone.aborted) end();
    },
    async pull(controller) {
      const next = await events.next();
      if (!next.done) return controller.enqueue(encoder.encode(next.value));
      gone.removeEventListener("abort", end);
      if (!over.signal.aborted) controller.close();
    },
    async cancel() {
      gone.removeEventListener("abort", end);
      end();
      await events.return(undefined);
    },
  });
}

async function* tell(
  deps: Deps,
  { sessionId, after, allowed, gone: over }: Listening,
): AsyncGenerator<string, undefined> {
  let last = after;
  let wake: (() => void) | undefined;
  let rung = false;
  const lookAgain = () => {
    rung = true;
    wake?.();
  };
  const deaf = [
    deps.bell.listen((id) => void (id === sessionId && lookAgain())),
    deps.rights.listen(lookAgain),
  ];
  // One waiter a heartbeat; they all leave when the stream ends.
  setMaxListeners(0, over);
  const until = deps.clock.now() + STREAM_MS_MAX;
  try {
    yield `retry: ${RETRY_MS}\n\n`;
    while (!over.aborted && deps.clock.now() < until) {
      rung = false;
      if (!(await allowed())) return undefined;
      for (const event of await deps.db.events.ofSession(sessionId, last)) {
        last = event.id;
        yield framed(event);
        if (isTerminal(event.toState)) return undefined;
      }
      if (rung || over.aborted) continue;
      const woken = new AbortController();
      wake = () => woken.abort();
      over.addEventListener("abort", wake);
      await deps.clock.sleep(HEARTBEAT_MS, woken.signal);
      over.removeEventListener("abort", wake);
      wake = undefined;
      if (!woken.signal.aborted) yield ": still here\n\n";
    }
  } catch (error) {
    // The database is away: the client asks again from where it was.
    deps.log.warn("session.events_cut", { session_id: sessionId });
    if (!over.aborted) deps.log.error("session.events_failed", { session_id: sessionId }, error);
  } finally {
    for (const stop of deaf) stop();
  }
  return undefined;
}

function framed(event: SessionEvent): string {
  const move: SessionMove = {
    from: event.fromState,
    to: event.toState,
    reason: event.reason,
    message: event.message,
    at: instantText(event.at),
  };
  return `id: ${event.id}\nevent: session\ndata: ${JSON.stringify(move)}\n\n`;
}

import { TERMINAL_CLOSED } from "@medforge/contracts/terminal-closed";
import { entryRefusal } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { Slug } from "@medforge/core/ids";
import { databaseFault } from "@medforge/db/faults";
import type { Session } from "@medforge/db/queries/sessions";
import type { TerminalSize } from "@medforge/runtime/containers/terminal";
import { MachineError } from "@medforge/runtime/errors";

import type { Deps } from "../../deps.ts";
import type { LoggedIn } from "../../http/facts.ts";
import { newSecret } from "../../http/secrets.ts";
import { isLive, TOUCH_MS_MIN, viewerFrom } from "../../http/viewer.ts";
import { Shell } from "./shell.ts";

/** Also what another process did, and what expired, is noticed this soon. */
const LOOK_MS = 2_000;
/** A shell that nobody came back to is hung up then. */
const ALONE_MS_MAX = 2 * 60_000;
const SHELLS_PER_SESSION_MAX = 8;
const HANG_UP_AGAIN_MS = 5_000;
const HANG_UP_TRIES_MAX = 12;

/** The shells of terminals in browsers, those of this process. */
export interface Shells {
  /**
   * The shell of this id, if the same login had it in this session and it lives; otherwise a new one.
   * @throws MedforgeError `state_conflict` when the session has too many; MachineError
   */
  open(caller: LoggedIn, session: Session, size: TerminalSize, id: string | undefined): Promise<Shell>;
  /** Afterwards all of them are hung up: for the end of the process. */
  close(): Promise<void>;
}

interface Living {
  readonly shell: Shell;
  readonly over: Promise<void>;
  readonly end: (code: number) => void;
}

export function createShells(deps: Deps): Shells {
  const living = new Map<string, Living>();
  let opening = 0;

  /** Why this shell has to end now; undefined while it may stay. */
  async function reasonToEnd(shell: Shell, tokenHash: string): Promise<number | undefined> {
    const now = deps.clock.now();
    if (shell.leftAtMs !== undefined && now - shell.leftAtMs >= ALONE_MS_MAX) {
      return TERMINAL_CLOSED.shellEnded;
    }
    const [found, details] = await Promise.all([
      deps.db.logins.byTokenHash(tokenHash),
      deps.db.sessions.byId(shell.sessionId),
    ]);
    if (details?.session.state !== "RUNNING") return TERMINAL_CLOSED.sessionEnded;
    if (found === undefined || !isLive(found.login, now) || found.user.disabledAt !== null) {
      return TERMINAL_CLOSED.loginEnded;
    }
    if (entryRefusal(viewerFrom(found.user), details.session) !== undefined) {
      return TERMINAL_CLOSED.loginEnded;
    }
    // Whoever types uses the login.
    if (shell.lastTypedAtMs - found.login.lastSeenAt >= TOUCH_MS_MIN) {
      await deps.db.logins.touch(found.login.id, now);
    }
    return undefined;
  }

  /** Looks until the shell has to end, or has. */
  async function guard(shell: Shell, tokenHash: string, ended: AbortSignal): Promise<number> {
    let rung = false;
    let wake = () => {};
    const ring = () => {
      rung = true;
      wake();
    };
    const deaf = [
      deps.rights.listen(ring),
      deps.bell.listen((id) => void (id === shell.sessionId && ring())),
    ];
    ended.addEventListener("abort", ring, { once: true });
    try {
      while (!ended.aborted) {
        rung = false;
        const reason = await reasonToEnd(shell, tokenHash).catch((error: unknown) => {
          // Nobody can log out either while the database is away.
          if (databaseFault(error) === undefined) throw error;
          deps.log.error("terminal.look_waits", { session_id: shell.sessionId }, error);
          return undefined;
        });
        if (reason !== undefined) return reason;
        const woken = new AbortController();
        wake = () => woken.abort();
        if (!rung) await deps.clock.sleep(LOOK_MS, woken.signal);
      }
      return TERMINAL_CLOSED.shellEnded;
    } finally {
      for (const stop of deaf) stop();
    }
  }

  async function hangUp(shell: Shell): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await shell.hangUp();
      } catch (error) {
        if (!(error instanceof MachineError)) throw error;
        deps.log.error("terminal.hang_up_failed", { session_id: shell.sessionId, tries }, error);
        // The session's own end ends it then.
        if (tries >= HANG_UP_TRIES_MAX) return;
      }
      await deps.clock.sleep(HANG_UP_AGAIN_MS);
    }
  }

  function live(shell: Shell, tokenHash: string): void {
    const ended = new AbortController();
    const told = Promise.withResolvers<number>();
    const fields = { session_id: shell.sessionId, login_id: shell.loginId };
    const failed = (error: unknown) => {
      deps.log.error("terminal.broke", fields, error);
      return TERMINAL_CLOSED.shellEnded;
    };
    const over = Promise.race([
      shell.run().then(() => TERMINAL_CLOSED.shellEnded, failed),
      guard(shell, tokenHash, ended.signal).catch(failed),
      told.promise,
    ])
      .then(async (code) => {
        living.delete(shell.id);
        ended.abort();
        shell.close(code);
        await hangUp(shell);
        deps.log.info("terminal.ended", { ...fields, code });
      })
      .catch((error: unknown) => void failed(error));
    living.set(shell.id, { shell, over, end: told.resolve });
  }

  return {
    async open({ login }, session, size, id) {
      const known = id === undefined ? undefined : living.get(id)?.shell;
      if (known?.loginId === login.id && known.sessionId === session.id) {
        await known.resize(size);
        return known;
      }
      const here = [...living.values()].filter(({ shell }) => shell.sessionId === session.id);
      if (here.length + opening >= SHELLS_PER_SESSION_MAX) {
        throw new MedforgeError(
          "state_conflict",
          `${SHELLS_PER_SESSION_MAX} terminals of this session are open. Close one, or wait two minutes after closing its page.`,
        );
      }
      opening++;
      try {
        const terminal = await deps.containers.terminal(session.slug as Slug, size);
        const of = { id: newSecret(deps), sessionId: session.id, loginId: login.id };
        const shell = new Shell(of, terminal, deps.clock.now());
        live(shell, login.tokenHash);
        return shell;
      } finally {
        opening--;
      }
    },
    async close() {
      const all = [...living.values()];
      for (const { end } of all) end(1001);
      await Promise.all(all.map(({ over }) => over));
    },
  };
}

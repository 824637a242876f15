import type { Session } from "@medforge/contracts/sessions";

import { until } from "./until.ts";

/** Somebody with a browser: a cookie jar, and the Origin that a browser would send. */

export interface Answered<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** Of a problem. */
  readonly code: string;
  readonly detail: string;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  /** The portal's, as the browser sends it. */
  cookie(): string;
  /** The same person, whose sessions are those of this portal. */
  on(surface: Surface): Person;
  ask<T = unknown>(method: string, path: string, body?: unknown): Promise<Answered<T>>;
  /** As `ask`, and throws unless the status is the one expected. */
  expect<T = unknown>(status: number, method: string, path: string, body?: unknown): Promise<T>;
  start(wish?: Readonly<Record<string, unknown>>): Promise<Session>;
  session(id: string): Promise<Session>;
  /** Waits until the session has this state; a terminal one that is not it ends the waiting. */
  reaches(id: string, state: Session["state"], msMax?: number): Promise<Session>;
  /** Listens to the session's events until it has this state. @throws Error when it ends otherwise */
  hears(id: string, state: Session["state"]): Promise<void>;
  running(wish?: Readonly<Record<string, unknown>>): Promise<Session>;
  stop(id: string): Promise<Session>;
  stopped(id: string): Promise<Session>;
}

export type Surface = "external" | "internal";

const STATE_MS_MAX = 20_000;
const ASK_MS_MAX = 15_000;

interface Jar {
  readonly id: string;
  readonly email: string;
  cookie: string;
  /** Of the portal's pages, where something is in front of the server. */
  readonly origin?: string | undefined;
}

/** @param url of the server that answers now; it may be another one after a restart */
export function person(url: () => string, jar: Jar, surface: Surface = "external"): Person {
  const sessions = `/${surface}/sessions`;

  async function ask<T>(method: string, path: string, body?: unknown): Promise<Answered<T>> {
    const response = await fetch(`${url()}/api/v2${path}`, {
      method,
      signal: AbortSignal.timeout(ASK_MS_MAX),
      headers: {
        origin: jar.origin ?? url(),
        cookie: jar.cookie,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const set = response.headers.get("set-cookie")?.split(";")[0];
    if (set !== undefined) jar.cookie = set;
    const read = (await response.json()) as {
      data?: T;
      meta?: Readonly<Record<string, unknown>>;
      code?: string;
      detail?: string;
    };
    return {
      status: response.status,
      headers: response.headers,
      data: read.data as T,
      meta: read.meta,
      code: read.code ?? "",
      detail: read.detail ?? "",
    };
  }

  async function expectAnswer<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answered = await ask<T>(method, path, body);
    if (answered.status === status) return answered.data;
    throw new Error(
      `${method} ${path}: ${answered.status} ${answered.code} ${answered.detail}, not ${status}`,
    );
  }

  const session = (id: string) => expectAnswer<Session>(200, "GET", `${sessions}/${id}`);
  const start = (wish: Readonly<Record<string, unknown>> = {}) =>
    expectAnswer<Session>(201, "POST", sessions, wish);
  const stop = (id: string) => expectAnswer<Session>(202, "POST", `${sessions}/${id}/stop`);

  async function reaches(id: string, state: Session["state"], msMax = STATE_MS_MAX): Promise<Session> {
    let last: Session | undefined;
    const over = await until(`session ${id} to be ${state}`, msMax, async () => {
      last = await session(id);
      return (last.state === state || last.state === "STOPPED" || last.state === "ERROR") && last;
    }).catch((cause) => {
      throw new Error(`session is ${last?.state}, ${last?.reason}, ${last?.message}`, { cause });
    });
    if (over.state === state) return over;
    throw new Error(`session ended as ${over.state}, not ${state}: ${over.reason}: ${over.message}`);
  }

  async function hears(id: string, state: Session["state"]): Promise<void> {
    const response = await fetch(`${url()}/api/v2${sessions}/${id}/events`, {
      headers: { cookie: jar.cookie },
      signal: AbortSignal.timeout(STATE_MS_MAX),
    });
    let heard = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      heard += decoder.decode(chunk, { stream: true });
      if (heard.includes(`"to":"${state}"`)) return;
    }
    throw new Error(`session ${id} ended without having been ${state}: ${heard}`);
  }

  return {
    id: jar.id,
    email: jar.email,
    cookie: () => jar.cookie,
    on: (other) => person(url, jar, other),
    ask,
    expect: expectAnswer,
    session,
    start,
    stop,
    reaches,
    hears,
    running: async (wish) => reaches((await start(wish)).id, "RUNNING"),
    stopped: async (id) => reaches((await stop(id)).id, "STOPPED"),
  };
}

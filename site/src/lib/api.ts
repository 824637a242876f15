import { treaty } from "@elysiajs/eden";
import type { CompetitionCheck, CompetitionImport } from "@medforge/contracts/admin-competitions";
import type { SessionMove } from "@medforge/contracts/sessions";
import type { SubmissionReceipt } from "@medforge/contracts/submissions";
import type { App } from "@medforge/server/app";

import { ApiProblem, asProblem } from "./problem.ts";
import { surfaceOf } from "./surface.ts";

/**
 * The only file that calls the server. Eden's treaty rather than a client generated from openapi.json: the server's own
 * types flow straight into the pages, nothing has to be generated or kept in step, and only 4 kB of it reach the page.
 */
const client = treaty<App>(location.origin, { parseDate: false, fetch: { credentials: "same-origin" } });

export const api = client.api.v2;
export const surface = surfaceOf(location.hostname);
/** The routes of this portal's surface: the other one's sessions, competitions and datasets do not exist here. */
export const here = surface === "internal" ? (api.internal as unknown as typeof api.external) : api.external;

interface Asked<Body> {
  readonly data: Body | null;
  readonly error: { readonly status: unknown; readonly value: unknown } | null;
  readonly response: Response;
}

interface Meta {
  readonly next_cursor?: string | null;
  readonly has_more?: boolean;
}

/** @throws ApiProblem whatever goes wrong */
async function body<Body>(asked: Promise<Asked<Body>>): Promise<Body> {
  const { data, error, response } = await asked.catch((fault: unknown) => {
    throw asProblem(fault);
  });
  if (error !== null) throw problemOf(error, response);
  // Only 204 has no body, and no route that we ask answers with one.
  return data as Body;
}

/** The `data` of an answer. @throws ApiProblem whatever goes wrong */
export async function ask<Data>(asked: Promise<Asked<{ readonly data: Data }>>): Promise<Data> {
  return (await body(asked)).data;
}

export interface PageOf<Item> {
  readonly items: readonly Item[];
  /** For the next page; undefined when this is the last one. */
  readonly next: string | undefined;
}

/** The query of a page: from the beginning without a cursor. */
export function pageAt(cursor: string | undefined, limit?: number) {
  return {
    query: { ...(cursor === undefined ? {} : { cursor }), ...(limit === undefined ? {} : { limit }) },
  };
}

/** One page of a list. @throws ApiProblem whatever goes wrong */
export async function askPage<Item>(
  asked: Promise<Asked<{ readonly data: readonly Item[]; readonly meta: Meta }>>,
): Promise<PageOf<Item>> {
  const { data, meta } = await body(asked);
  return { items: data, next: meta.has_more === true ? (meta.next_cursor ?? undefined) : undefined };
}

/** One page of a board: beside its lines it says things of the whole. @throws ApiProblem */
export async function askBoard(slug: string, cursor: string | undefined, limit: number) {
  const query = cursor === undefined ? { limit } : { cursor, limit };
  const { data, meta } = await body(here.competitions({ slug }).leaderboard.get({ query }));
  const { lines: items, ...whole } = data;
  return { ...whole, items, next: meta.has_more ? (meta.next_cursor ?? undefined) : undefined };
}

/** One page of the ranking across competitions, with what it says of the whole. @throws ApiProblem */
export async function askRankings(cursor: string | undefined, limit: number) {
  const { data, meta } = await body(here.rankings.get(pageAt(cursor, limit)));
  const { lines: items, ...whole } = data;
  return { ...whole, items, next: meta.has_more ? (meta.next_cursor ?? undefined) : undefined };
}

/** Where a public file of a competition is downloaded. */
export function publicFileUrl(slug: string, file: string): string {
  return `/api/v2/${surface}/competitions/${encodeURIComponent(slug)}/public/${encodeURIComponent(file)}`;
}

/** A public file's text, for the pre-check. @throws ApiProblem */
export async function askPublicText(slug: string, file: string): Promise<string> {
  const response = await fetch(publicFileUrl(slug, file)).catch((fault: unknown) => {
    throw asProblem(fault);
  });
  if (response.ok) return response.text();
  const value: unknown = await response.json().catch(() => undefined);
  throw problemOf({ status: response.status, value }, response);
}

/** Where a file of a dataset is; what it is, and never more than that, is in the answer. */
export function datasetFileUrl(slug: string, path: string): string {
  return `/api/v2/${surface}/datasets/${encodeURIComponent(slug)}/files/${encodeURIComponent(path)}`;
}

/** A file of a dataset, or its beginning. @throws ApiProblem */
export async function datasetFile(
  slug: string,
  path: string,
  options: { readonly signal: AbortSignal; readonly firstBytes?: number },
): Promise<Response> {
  const headers =
    options.firstBytes === undefined ? {} : { range: `bytes=0-${Math.max(0, options.firstBytes - 1)}` };
  const response = await fetch(datasetFileUrl(slug, path), { headers, signal: options.signal }).catch(
    (fault: unknown) => {
      throw asProblem(fault);
    },
  );
  if (response.ok) return response;
  const value: unknown = await response.json().catch(() => undefined);
  throw problemOf({ status: response.status, value }, response);
}

/** Where the owner downloads what they submitted. */
export function submittedFileUrl(slug: string, id: string): string {
  return `/api/v2/${surface}/competitions/${encodeURIComponent(slug)}/submissions/${id}/file`;
}

const LISTEN_AGAIN_MS = 5_000;

/**
 * Every move of a session, from the first. The browser comes back by itself when the line breaks, but not after a
 * refusal, as while the server starts anew: that is on us.
 * @returns ends it; it ends by itself with the session
 */
export function followSession(id: string, heard: (eventId: string, move: SessionMove) => void): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = () => {
    const line = new EventSource(`/api/v2/${surface}/sessions/${id}/events`);
    source = line;
    line.addEventListener("session", ({ data, lastEventId }) => {
      const move = JSON.parse(data) as SessionMove;
      heard(lastEventId, move);
      if (move.to === "STOPPED" || move.to === "ERROR") line.close();
    });
    line.onerror = () => {
      if (line.readyState === EventSource.CLOSED) timer = setTimeout(listen, LISTEN_AGAIN_MS);
    };
  };
  listen();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** The terminal of a session. @param shell of the one to come back to */
export function openTerminal(
  id: string,
  size: { readonly columns: number; readonly rows: number },
  shell: string | undefined,
): WebSocket {
  const query = new URLSearchParams({ columns: String(size.columns), rows: String(size.rows) });
  if (shell !== undefined) query.set("shell", shell);
  const socket = new WebSocket(`/api/v2/${surface}/sessions/${id}/terminal?${query}`);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** What an import of this bundle would do. @throws ApiProblem with every fault of the bundle */
export async function askCompetitionCheck(bundle: File) {
  return (await sendForm("/api/v2/admin/competitions/check", bundle)) as CompetitionCheck;
}

/** @throws ApiProblem with every fault of the bundle; nothing was changed then */
export async function askCompetitionImport(bundle: File) {
  return (await sendForm("/api/v2/admin/competitions", bundle)) as CompetitionImport;
}

async function sendForm(path: string, file: File): Promise<unknown> {
  const form = new FormData();
  form.append("file", file);
  const response = await fetch(path, { method: "POST", body: form }).catch((fault: unknown) => {
    throw asProblem(fault);
  });
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok && typeof value === "object" && value !== null && "data" in value) return value.data;
  throw problemOf({ status: response.status, value }, response);
}

/**
 * Sends a file to be scored. XMLHttpRequest, because only it tells how much has been sent.
 * @throws ApiProblem whatever goes wrong; `cancelled` when `signal` says so
 */
export function submitFile(
  slug: string,
  file: File,
  options: { readonly signal: AbortSignal; readonly onProgress: (sent: number, total: number) => void },
): Promise<SubmissionReceipt> {
  const { promise, resolve, reject } = Promise.withResolvers<SubmissionReceipt>();
  const request = new XMLHttpRequest();
  request.open("POST", `/api/v2/${surface}/competitions/${encodeURIComponent(slug)}/submissions`);
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => options.onProgress(loaded, total);
  request.onerror = () => reject(asProblem(new TypeError("unreachable")));
  request.onabort = () =>
    reject(
      new ApiProblem({
        status: 0,
        code: "cancelled",
        title: "Cancelled",
        detail: "Nothing was kept, nothing counted.",
      }),
    );
  request.onload = () => {
    const answer: unknown = request.response;
    if (request.status < 300 && typeof answer === "object" && answer !== null && "data" in answer) {
      return resolve(answer.data as SubmissionReceipt);
    }
    const headers = { "retry-after": request.getResponseHeader("retry-after") ?? "" };
    reject(
      problemOf(
        { status: request.status, value: answer },
        new Response(null, { status: request.status, headers }),
      ),
    );
  };
  options.signal.addEventListener("abort", () => request.abort());
  const form = new FormData();
  form.append("file", file);
  request.send(form);
  return promise;
}

function problemOf(
  error: { readonly status: unknown; readonly value: unknown },
  response: Response,
): ApiProblem {
  const wait = Number(response.headers.get("retry-after") || Number.NaN);
  const given = error.value;
  if (typeof given === "object" && given !== null && "code" in given && "detail" in given) {
    return new ApiProblem(
      given as ConstructorParameters<typeof ApiProblem>[0],
      Number.isFinite(wait) ? wait : undefined,
    );
  }
  if (given instanceof Error) return asProblem(given);
  return new ApiProblem({
    status: response.status,
    code: "unexpected_answer",
    title: `The server answered with ${response.status}`,
    detail: "It did not say why. Try again in a minute; if it stays, tell an admin.",
  });
}

import type { Deps } from "../deps.ts";
import { factsOf } from "./facts.ts";

/** What is around every successful answer. */
export interface Meta {
  request_id: string;
  api_version: "2";
  timestamp: string;
}

export function metaOf(deps: Pick<Deps, "clock">, request: Request): Meta {
  return {
    request_id: factsOf(request).requestId,
    api_version: "2",
    timestamp: instantText(deps.clock.now()),
  };
}

export function answer<T>(deps: Pick<Deps, "clock">, request: Request, data: T): { data: T; meta: Meta } {
  return { data, meta: metaOf(deps, request) };
}

/** RFC 3339 in UTC with milliseconds. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

export function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instantText(ms);
}

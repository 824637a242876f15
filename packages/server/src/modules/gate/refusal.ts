import { type ErrorCode, MedforgeError } from "@medforge/core/errors";

import { meaningOf } from "../../http/faults.ts";
import { standingHeaders } from "../../http/headers.ts";
import { problemResponse, titleOf } from "../../http/problems.ts";
import { pageResponse } from "./page.ts";

/** Why somebody does not get in, in words: for a person as a page, for a program as a problem. */

export type Refused = Extract<
  ErrorCode,
  "not_authenticated" | "forbidden" | "internal_access_required" | "not_found" | "origin_not_allowed"
>;

const WORDS: Readonly<Record<Refused, readonly [title: string, text: string]>> = {
  not_found: [
    "No session is running here",
    "It has stopped, or there never was one at this address. What was saved in its workspace is kept; start a session with it in the portal.",
  ],
  not_authenticated: [
    "Log in to open this session",
    "This host does not know you yet. Open the session's own page once; it takes you through the portal.",
  ],
  forbidden: [
    "This session is somebody else's",
    "Only its owner and admins can open it. If it is yours, log in to the portal as yourself.",
  ],
  internal_access_required: [
    "Internal sessions need a right",
    "Your account may not use internal sessions now. An admin can give it the right.",
  ],
  origin_not_allowed: [
    "Another site asked for this",
    "Forms, frames and scripts on other sites cannot use your session. Open it from the portal or by its address.",
  ],
};

export interface Asker {
  readonly requestId: string;
  /** The path that was asked for. */
  readonly instance: string;
  /** A person looks at the answer. */
  readonly takesPage: boolean;
  /** Where a person can go from here. */
  readonly link: { readonly href: string; readonly label: string };
}

export function refusal(code: Refused): MedforgeError {
  return new MedforgeError(code, WORDS[code][1]);
}

/** @param error anything that was thrown; what nobody can act on becomes a 500 that says nothing */
export function refuse(error: unknown, asker: Asker): Response {
  const meaning = meaningOf(error) ?? "internal_error";
  const headers = standingHeaders(asker.requestId);
  const problem = problemResponse(meaning, { instance: asker.instance, requestId: asker.requestId, headers });
  if (!asker.takesPage) return problem;
  const code = meaning === "internal_error" ? meaning : meaning.code;
  const retryAfter = problem.headers.get("retry-after");
  return pageResponse(
    {
      status: problem.status,
      title: code in WORDS ? WORDS[code as Refused][0] : titleOf(code),
      text: meaning === "internal_error" ? "Try again; if it happens twice, tell an admin." : meaning.message,
      link: asker.link,
    },
    asker.requestId,
    retryAfter === null ? {} : { "retry-after": retryAfter },
  );
}

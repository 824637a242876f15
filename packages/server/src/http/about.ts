import type { ErrorCode } from "@medforge/core/errors";

/** What /docs says about a route. Codes that every such route may answer are added by `openapi.ts`. */
export function about(tag: string, summary: string, codes: readonly ErrorCode[] = [], description?: string) {
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    "x-codes": [...codes],
  };
}

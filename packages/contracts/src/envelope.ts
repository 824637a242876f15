import { type TSchema, Type } from "@sinclair/typebox";

import { Exactly, Instant } from "./fields.ts";

/** What is around every successful answer (contract, "HTTP"). */

const facts = {
  request_id: Type.String(),
  api_version: Type.Literal("2"),
  timestamp: Instant,
};

export const Answer = <T extends TSchema>(data: T) => Exactly({ data, meta: Exactly(facts) });

export const Page = <T extends TSchema>(item: T) => Paged(Type.Array(item));

/** For a list with something to say beside its items: `data` holds both. */
export const Paged = <T extends TSchema>(data: T) =>
  Exactly({
    data,
    meta: Exactly({
      ...facts,
      limit: Type.Integer({ minimum: 1, maximum: 200 }),
      next_cursor: Type.Union([Type.String(), Type.Null()]),
      has_more: Type.Boolean(),
    }),
  });

/** For what has nothing to say but that it was done. */
export const Done = Answer(Type.Null());

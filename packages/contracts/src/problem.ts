import { type Static, Type } from "@sinclair/typebox";

import { Exactly } from "./fields.ts";

/** RFC 9457. `detail` says what to do about it; `code` is what a program should look at. */
export const Problem = Exactly({
  type: Type.String({ description: "a path under /problems/" }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  instance: Type.String(),
  code: Type.String(),
  request_id: Type.String(),
  errors: Type.Optional(
    Type.Array(
      Exactly({
        path: Type.String(),
        message: Type.String(),
        code: Type.Optional(Type.String({ description: "the rule that is broken" })),
        row: Type.Optional(Type.Integer({ description: "from 1; a table's header is row 1" })),
        column: Type.Optional(Type.String()),
        entry: Type.Optional(Type.String({ description: "of an archive" })),
      }),
    ),
  ),
  errors_total: Type.Optional(Type.Integer({ description: "where `errors` are only the first" })),
});
export type Problem = Static<typeof Problem>;

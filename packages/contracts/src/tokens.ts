import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull, Text } from "./fields.ts";

/** What a bearer token may open; which routes these are: `server/http/token-scopes.ts`. */
export const SCOPES = ["sessions:read", "sessions:write", "submissions:write", "admin"] as const;
export const Scope = Type.Union([
  Type.Literal(SCOPES[0]),
  Type.Literal(SCOPES[1]),
  Type.Literal(SCOPES[2]),
  Type.Literal(SCOPES[3]),
]);
export type Scope = Static<typeof Scope>;

export const TOKEN_DAYS_MAX = 365;

export const Token = Exactly({
  id: Id,
  name: Type.String(),
  scopes: Type.Array(Scope),
  created_at: Instant,
  expires_at: Instant,
  last_used_at: OrNull(Instant),
  last_used_address: OrNull(Type.String()),
});
export type Token = Static<typeof Token>;

export const TokenWish = Exactly({
  name: Text(100),
  scopes: Type.Array(Scope, { minItems: 1, maxItems: SCOPES.length, uniqueItems: true }),
  expires_in_days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: TOKEN_DAYS_MAX, description: "Default 90" }),
  ),
});
export type TokenWish = Static<typeof TokenWish>;

/** The only answer that holds the token itself. */
export const NewToken = Exactly({
  ...Token.properties,
  token: Type.String({
    description: "Shown only now. Send it as `Authorization: Bearer <token>`.",
    examples: ["mf_47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"],
  }),
});
export type NewToken = Static<typeof NewToken>;

import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, Text } from "./fields.ts";

/** The address syntax of HTML's e-mail field: ASCII, so that what looks the same is the same. */
export const Email = Type.String({
  maxLength: 254,
  pattern: "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63})*$",
  examples: ["ada@example.org"],
});

export const Password = Type.String({ minLength: 10, maxLength: 128 });

export const Signup = Exactly({
  email: Email,
  password: Password,
  display_name: Text(100),
  invitation: Type.Optional(
    Type.String({ maxLength: 100, description: "Needed where sign-up is by invitation." }),
  ),
});
export type Signup = Static<typeof Signup>;

/** Loose: a wrong shape of password must not be answered differently from a wrong password. */
export const LoginWish = Exactly({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 128 }),
});
export type LoginWish = Static<typeof LoginWish>;

/** Where the user is logged in. */
export const Login = Exactly({
  id: Id,
  current: Type.Boolean({ description: "The login of this very request." }),
  address: Type.String(),
  device: Type.String({ examples: ["Firefox on Linux"] }),
  user_agent: Type.String(),
  created_at: Instant,
  last_seen_at: Instant,
  expires_at: Instant,
});
export type Login = Static<typeof Login>;

/** A try to log in, good or bad. */
export const LoginAttempt = Exactly({
  id: Id,
  at: Instant,
  outcome: Type.Union([
    Type.Literal("logged_in"),
    Type.Literal("wrong_password"),
    Type.Literal("disabled", {
      description: "The password was right, but an admin had disabled the account.",
    }),
  ]),
  address: Type.String(),
  device: Type.String(),
  user_agent: Type.String(),
});
export type LoginAttempt = Static<typeof LoginAttempt>;

export const Revoked = Exactly({
  revoked: Type.Integer({ minimum: 0, description: "How many there were." }),
});
export type Revoked = Static<typeof Revoked>;

import { type Static, Type } from "@sinclair/typebox";

import { Email, Password } from "./auth.ts";
import { Exactly, Id, Instant, Text } from "./fields.ts";

export const Role = Type.Union([Type.Literal("member"), Type.Literal("admin")]);

/** As `HANDLE_PATTERN` of the rules; a test of the server compares the two. */
export const Handle = Type.String({
  pattern: "^(?=.{3,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$",
  description: "What stands for a person in addresses: 3 to 32 lower-case letters, digits and single hyphens",
  examples: ["ada-lovelace"],
});

export const Me = Exactly({
  id: Id,
  handle: Handle,
  email: Type.String(),
  display_name: Type.String(),
  role: Role,
  can_use_internal: Type.Boolean(),
  max_concurrent_sessions: Type.Integer(),
  listed: Type.Boolean({ description: "In rankings, and with a profile that others see" }),
  created_at: Instant,
});
export type Me = Static<typeof Me>;

export const MePatch = Exactly(
  {
    email: Type.Optional(Email),
    display_name: Type.Optional(Text(100)),
    handle: Type.Optional(Handle),
    listed: Type.Optional(
      Type.Boolean({
        description:
          "false: you are in no ranking, and nobody else sees your profile. Boards of competitions go on showing your name.",
      }),
    ),
    new_password: Type.Optional(Password),
    current_password: Type.Optional(
      Type.String({ maxLength: 128, description: "Needed to change the password or the e-mail address." }),
    ),
  },
  { minProperties: 1 },
);
export type MePatch = Static<typeof MePatch>;

export const SshKey = Exactly({
  id: Id,
  name: Type.String(),
  type: Type.String({ examples: ["ssh-ed25519"] }),
  fingerprint: Type.String({ examples: ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"] }),
  public_key: Type.String(),
  created_at: Instant,
});
export type SshKey = Static<typeof SshKey>;

export const SshKeyWish = Exactly({
  public_key: Type.String({
    maxLength: 16_384,
    description: "One line as in ~/.ssh/id_ed25519.pub: type, key, comment.",
  }),
  name: Type.Optional(Text(100)),
});
export type SshKeyWish = Static<typeof SshKeyWish>;

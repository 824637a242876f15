import { type Static, Type } from "@sinclair/typebox";

import { Email, Password } from "./auth.ts";
import { Exactly, Id, Instant, Text } from "./fields.ts";

export const Role = Type.Union([Type.Literal("member"), Type.Literal("admin")]);

export const Me = Exactly({
  id: Id,
  email: Type.String(),
  display_name: Type.String(),
  role: Role,
  can_use_internal: Type.Boolean(),
  max_concurrent_sessions: Type.Integer(),
  created_at: Instant,
});
export type Me = Static<typeof Me>;

export const MePatch = Exactly(
  {
    email: Type.Optional(Email),
    display_name: Type.Optional(Text(100)),
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

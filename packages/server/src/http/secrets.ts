import type { Deps } from "../deps.ts";

/** What is handed out once and only known here by its hash: logins, tokens, invitations. */

/** 256 bits as 43 characters, behind a prefix that says what it is. */
export function newSecret(deps: Pick<Deps, "randomBytes">, prefix = ""): string {
  return prefix + Buffer.from(deps.randomBytes(32)).toString("base64url");
}

/** SHA-256 in hex: enough for what nobody can guess, unlike a password. */
export function tokenHash(secret: string): string {
  return Bun.SHA256.hash(secret, "hex");
}

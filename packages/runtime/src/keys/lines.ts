import { assert } from "@medforge/core/assert";

/** The last check before sshd believes a line. Keys were judged when a user added them; here only the form counts. */

const KEY_LINE = /^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\r\n]*)?$/;
/** A principal: a DNS name or an address. A comma would add another one. */
const HOST_NAME = /^[A-Za-z0-9.:_-]+$/;

/** @throws when a line is not a bare key: an option such as `command=` in front would change what sshd does */
export function authorizedKeysFile(lines: readonly string[]): string {
  for (const line of lines) {
    assert(KEY_LINE.test(line), "an authorized key is its type, the key and at most a comment");
  }
  return lines.map((line) => `${line}\n`).join("");
}

export function checkHostNames(names: readonly string[]): void {
  assert(names.length > 0, "a host certificate names at least one host");
  for (const name of names) assert(HOST_NAME.test(name), `\`${name}\` is no host name`);
}

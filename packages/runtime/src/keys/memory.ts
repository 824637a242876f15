import type { Slug } from "@medforge/core/ids";

import { authorizedKeysFile, checkHostNames } from "./lines.ts";
import type { Keys, SessionKeys } from "./port.ts";

interface SessionFolder {
  workspaceId: string;
  hostNames: readonly string[];
  hostKey: string;
  authorizedKeys: readonly string[];
}

/** What outlives the process: the pretend disk. Adapters come and go over it. */
export class MemoryKeyring {
  readonly hostKeys = new Map<string, string>();
  readonly sessions = new Map<Slug, SessionFolder>();
  #made = 0;

  readonly ca = this.newKey();

  /** Well-formed, the same in every run, and nobody has its private half. */
  newKey(): string {
    const blob = Buffer.alloc(51);
    blob.writeUInt32BE(11, 0);
    blob.write("ssh-ed25519", 4);
    blob.writeUInt32BE(32, 15);
    blob.writeUInt32BE(++this.#made, 47);
    return `ssh-ed25519 ${blob.toString("base64")}`;
  }
}

export function memoryKeys(keyring: MemoryKeyring): Keys {
  return {
    async hostCa() {
      return keyring.ca;
    },

    // A pretended key costs nothing to make.
    async makeAhead(hostNames) {
      checkHostNames(hostNames);
    },

    async prepare({ slug, workspaceId, hostNames, authorizedKeys }: SessionKeys) {
      checkHostNames(hostNames);
      authorizedKeysFile(authorizedKeys);
      const hostKey = keyring.hostKeys.get(workspaceId) ?? keyring.newKey();
      keyring.hostKeys.set(workspaceId, hostKey);
      keyring.sessions.set(slug, { workspaceId, hostNames, hostKey, authorizedKeys });
      return `/memory/keys/${slug}`;
    },

    async authorize(slug, authorizedKeys) {
      authorizedKeysFile(authorizedKeys);
      const session = keyring.sessions.get(slug);
      if (session !== undefined) session.authorizedKeys = authorizedKeys;
    },

    async remove(slug) {
      keyring.sessions.delete(slug);
    },

    async list() {
      return [...keyring.sessions.keys()].sort();
    },

    async forget(workspaceId) {
      keyring.hostKeys.delete(workspaceId);
    },
  };
}

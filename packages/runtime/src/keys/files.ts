import { chmod, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { assert } from "@medforge/core/assert";
import { isSlug, isUuid, type Slug } from "@medforge/core/ids";

import { CERTIFICATE, HOST_KEY, hostKeys } from "./host-keys.ts";
import { authorizedKeysFile, checkHostNames } from "./lines.ts";
import type { Keys, SessionKeys } from "./port.ts";
import { noneIfMissing, textOf, write } from "./whole-files.ts";

/**
 * Keys as files, made by ssh-keygen:
 *
 *     ca/host_ca{,.pub}                            signs host keys, 0600
 *     workspaces/<id>/ssh_host_ed25519_key…        key, public key, certificate, and what it was signed for
 *     spares/<random>/                             the same four, made ahead for workspaces to come
 *     sessions/<slug>/                             what the container sees at /etc/medforge/ssh
 *     tmp/                                         things being made; they become visible whole, by one rename
 *
 * A session's folder is bound into its container, so it is never replaced: only files in it are, by renaming.
 */

export interface FileKeysOptions {
  readonly dir: string;
  /** Default `ssh-keygen` from the PATH. */
  readonly sshKeygen?: string;
}

const AUTHORIZED_KEYS = "authorized_keys";

export function fileKeys(options: FileKeysOptions): Keys {
  const { dir } = options;
  const host = hostKeys(dir, options.sshKeygen ?? "ssh-keygen");

  /** Afterwards `path` has this text; readers see the old or the new one, never a part. */
  async function replace(path: string, text: string, mode: number): Promise<void> {
    if ((await textOf(path)) === text) return;
    await host.scratch(async (folder) => {
      await write(join(folder, "file"), text, mode);
      await rename(join(folder, "file"), path);
    });
  }

  return {
    hostCa: host.ca,
    makeAhead: host.makeAhead,

    async prepare(keys: SessionKeys): Promise<string> {
      assert(isSlug(keys.slug) && isUuid(keys.workspaceId), "slug and workspace id were made by us");
      checkHostNames(keys.hostNames);
      const authorized = authorizedKeysFile(keys.authorizedKeys);
      const home = await host.of(keys.workspaceId, keys.hostNames);
      const folder = join(dir, "sessions", keys.slug);
      await mkdir(folder, { recursive: true });
      // sshd's StrictModes: nobody but root may write here; the session's user must be able to read.
      await chmod(folder, 0o755);
      await replace(join(folder, HOST_KEY), await readFile(join(home, HOST_KEY), "utf8"), 0o600);
      await replace(join(folder, CERTIFICATE), await readFile(join(home, CERTIFICATE), "utf8"), 0o644);
      await replace(join(folder, AUTHORIZED_KEYS), authorized, 0o644);
      return folder;
    },

    async authorize(slug: Slug, authorizedKeys: readonly string[]): Promise<void> {
      const text = authorizedKeysFile(authorizedKeys);
      const folder = join(dir, "sessions", slug);
      if (!isSlug(slug) || (await stat(folder).catch(() => undefined)) === undefined) return;
      await replace(join(folder, AUTHORIZED_KEYS), text, 0o644);
    },

    async remove(slug: Slug): Promise<void> {
      assert(isSlug(slug), "slugs were made by us");
      await rm(join(dir, "sessions", slug), { recursive: true, force: true });
    },

    async list(): Promise<Slug[]> {
      const names = await readdir(join(dir, "sessions")).catch(noneIfMissing);
      return names.filter(isSlug).sort();
    },

    async forget(workspaceId: string): Promise<void> {
      assert(isUuid(workspaceId), "workspace ids were made by us");
      await rm(join(dir, "workspaces", workspaceId), { recursive: true, force: true });
    },
  };
}

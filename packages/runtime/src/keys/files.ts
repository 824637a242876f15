import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { assert } from "@medforge/core/assert";
import { isSlug, isUuid, type Slug } from "@medforge/core/ids";

import { command } from "../command.ts";
import { MachineError } from "../errors.ts";
import { authorizedKeysFile, checkHostNames } from "./lines.ts";
import type { Keys, SessionKeys } from "./port.ts";

/**
 * Keys as files, made by ssh-keygen:
 *
 *     ca/host_ca{,.pub}                            signs host keys, 0600
 *     workspaces/<id>/ssh_host_ed25519_key…        key, public key, certificate, and what it was signed for
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

const HOST_KEY = "ssh_host_ed25519_key";
const CERTIFICATE = `${HOST_KEY}-cert.pub`;
/** What the certificate says, so that looking costs no process. Written after it: if it is not there, sign again. */
const SIGNED_FOR = "signed-for.json";
const AUTHORIZED_KEYS = "authorized_keys";
/** Longer than anything here takes; older things in tmp/ are left from a crash. */
const LEFTOVER_MS = 3_600_000;

export function fileKeys(options: FileKeysOptions): Keys {
  const { dir } = options;
  const sshKeygen = options.sshKeygen ?? "ssh-keygen";
  const tmp = join(dir, "tmp");
  let ca: Promise<string> | undefined;
  let ready: Promise<void> | undefined;

  /** The folders are there. Only root may look inside: private keys live here. */
  async function layOut(): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const folder of ["workspaces", "sessions", "tmp"]) {
      await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
    }
    for (const name of await readdir(tmp)) {
      const made = await stat(join(tmp, name)).catch(() => undefined);
      if (made !== undefined && Date.now() - made.mtimeMs > LEFTOVER_MS) {
        await rm(join(tmp, name), { recursive: true, force: true });
      }
    }
  }

  async function scratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
    ready ??= layOut();
    await ready.catch((cause) => {
      ready = undefined;
      throw cause;
    });
    const folder = await mkdtemp(join(tmp, "making-"));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function keygen(args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await command([sshKeygen, "-q", ...args]);
    if (exitCode === 0) return;
    throw new MachineError(
      "broken",
      `\`${sshKeygen}\` failed: ${stderr.trim()}`,
      `Look at the folder of the keys (${dir}): it must be writable, with space left and whole key files.`,
    );
  }

  async function makeCa(): Promise<string> {
    const publicKey = join(dir, "ca", "host_ca.pub");
    const there = await textOf(publicKey);
    if (there !== undefined) return keyOf(there);
    return scratch(async (folder) => {
      await keygen(["-t", "ed25519", "-N", "", "-C", "medforge-host-ca", "-f", join(folder, "host_ca")]);
      await publish(folder, join(dir, "ca"), ["host_ca", "host_ca.pub"]);
      // Whoever renamed first made the CA; read back whose it is.
      return keyOf(await readFile(publicKey, "utf8"));
    });
  }

  async function hostCa(): Promise<string> {
    ca ??= makeCa();
    return ca.catch((cause) => {
      ca = undefined;
      throw cause;
    });
  }

  /** Signs `folder`'s public key there, for ever: a workspace's host key outlives every session. */
  async function sign(folder: string, workspaceId: string, wanted: string, names: string): Promise<void> {
    const authority = join(dir, "ca", "host_ca");
    const about = ["-h", "-I", `medforge-workspace-${workspaceId}`, "-n", names, "-V", "always:forever"];
    await keygen(["-s", authority, ...about, join(folder, `${HOST_KEY}.pub`)]);
    await write(join(folder, SIGNED_FOR), wanted, 0o600);
  }

  /** Afterwards the workspace has a host key and a certificate for these names. @returns its folder */
  async function hostKey(workspaceId: string, hostNames: readonly string[]): Promise<string> {
    const home = join(dir, "workspaces", workspaceId);
    const names = [...hostNames].sort().join(",");
    const wanted = `${JSON.stringify({ ca: await hostCa(), names })}\n`;
    if ((await textOf(join(home, SIGNED_FOR))) === wanted) return home;
    await scratch(async (folder) => {
      const old = await copied(join(home, `${HOST_KEY}.pub`), join(folder, `${HOST_KEY}.pub`));
      if (!old) {
        await keygen(["-t", "ed25519", "-N", "", "-C", workspaceId, "-f", join(folder, HOST_KEY)]);
      }
      await sign(folder, workspaceId, wanted, names);
      const files = [HOST_KEY, `${HOST_KEY}.pub`, CERTIFICATE, SIGNED_FOR];
      if (!old && (await publish(folder, home, files))) return;
      // The key was there (or another process was faster): keep it, and sign that one.
      if (!old) {
        await copyFile(join(home, `${HOST_KEY}.pub`), join(folder, `${HOST_KEY}.pub`));
        await sign(folder, workspaceId, wanted, names);
      }
      await rename(join(folder, CERTIFICATE), join(home, CERTIFICATE));
      await rename(join(folder, SIGNED_FOR), join(home, SIGNED_FOR));
    });
    return home;
  }

  /** Afterwards `path` has this text; readers see the old or the new one, never a part. */
  async function replace(path: string, text: string, mode: number): Promise<void> {
    if ((await textOf(path)) === text) return;
    await scratch(async (folder) => {
      await write(join(folder, "file"), text, mode);
      await rename(join(folder, "file"), path);
    });
  }

  return {
    hostCa,

    async prepare(keys: SessionKeys): Promise<string> {
      assert(isSlug(keys.slug) && isUuid(keys.workspaceId), "slug and workspace id were made by us");
      checkHostNames(keys.hostNames);
      const authorized = authorizedKeysFile(keys.authorizedKeys);
      const home = await hostKey(keys.workspaceId, keys.hostNames);
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

/** One rename makes the whole folder visible. @returns false when someone else made it first */
async function publish(folder: string, final: string, files: readonly string[]): Promise<boolean> {
  // A key that is lost to a power cut would be a host-key warning for ever: on disk first, then visible.
  for (const file of files) await flush(join(folder, file));
  const ready = `${folder}-whole`;
  await mkdir(ready, { mode: 0o700 });
  try {
    for (const file of files) await rename(join(folder, file), join(ready, file));
    await flush(ready);
    await rename(ready, final);
    return true;
  } catch (cause) {
    if (isCode(cause, "ENOTEMPTY") || isCode(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await rm(ready, { recursive: true, force: true });
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, "w", mode);
  try {
    await handle.writeFile(text);
    // Whatever the umask says.
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((cause) => {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
  });
}

async function copied(from: string, to: string): Promise<boolean> {
  const text = await textOf(from);
  if (text !== undefined) await write(to, text, 0o644);
  return text !== undefined;
}

/** Type and key, without the comment. */
function keyOf(line: string): string {
  return line.trim().split(" ").slice(0, 2).join(" ");
}

function noneIfMissing(cause: unknown): string[] {
  if (isCode(cause, "ENOENT")) return [];
  throw cause;
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

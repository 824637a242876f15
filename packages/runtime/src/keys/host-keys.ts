import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { command } from "../command.ts";
import { MachineError } from "../errors.ts";
import { isCode, noneIfMissing, publish, textOf, write } from "./whole-files.ts";

/**
 * The host CA and the host keys that it signs. A key belongs to a workspace and outlives its sessions. Some are made
 * ahead, since two runs of ssh-keygen would be the longest part of preparing a new workspace's first session.
 */
export interface HostKeys {
  /** The CA's public key, type and key. */
  ca(): Promise<string>;
  /** Afterwards the workspace has a host key and a certificate for these names. @returns its folder */
  of(workspaceId: string, hostNames: readonly string[]): Promise<string>;
  /** Afterwards `count` keys for these names lie ready. */
  makeAhead(hostNames: readonly string[], count: number): Promise<void>;
  /** A folder in which something is made, gone afterwards. */
  scratch<T>(work: (folder: string) => Promise<T>): Promise<T>;
}

export const HOST_KEY = "ssh_host_ed25519_key";
export const CERTIFICATE = `${HOST_KEY}-cert.pub`;
/** What the certificate says, so that looking costs no process. Written after it: if it is not there, sign again. */
const SIGNED_FOR = "signed-for.json";
const FILES = [HOST_KEY, `${HOST_KEY}.pub`, CERTIFICATE, SIGNED_FOR];
/** Longer than anything here takes; older things in tmp/ are left from a crash. */
const LEFTOVER_MS = 3_600_000;

export function hostKeys(dir: string, sshKeygen: string): HostKeys {
  const tmp = join(dir, "tmp");
  const spares = join(dir, "spares");
  const homeOf = (workspaceId: string) => join(dir, "workspaces", workspaceId);
  let authority: Promise<string> | undefined;
  let ready: Promise<void> | undefined;
  /** How many spares lie ready, as far as this process knows, and what they were signed for. */
  let stock = { signedFor: "", count: 0 };

  /** The folders are there. Only root may look inside: private keys live here. */
  async function layOut(): Promise<void> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const folder of ["workspaces", "sessions", "spares", "tmp"]) {
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

  async function ca(): Promise<string> {
    authority ??= makeCa();
    return authority.catch((cause) => {
      authority = undefined;
      throw cause;
    });
  }

  /** What a certificate has to say, and the names in it. */
  async function wantedFor(hostNames: readonly string[]) {
    const names = [...hostNames].sort().join(",");
    return { names, signedFor: `${JSON.stringify({ ca: await ca(), names })}\n` };
  }
  type Wanted = Awaited<ReturnType<typeof wantedFor>>;

  /** Signs `folder`'s public key there, for ever: a workspace's host key outlives every session. */
  async function sign(folder: string, { names, signedFor }: Wanted): Promise<void> {
    const about = ["-h", "-I", "medforge-workspace", "-n", names, "-V", "always:forever"];
    await keygen(["-s", join(dir, "ca", "host_ca"), ...about, join(folder, `${HOST_KEY}.pub`)]);
    await write(join(folder, SIGNED_FOR), signedFor, 0o600);
  }

  /** A new key with its certificate becomes `final`. @returns false when someone else made that first */
  function make(final: string, wanted: Wanted): Promise<boolean> {
    return scratch(async (folder) => {
      await keygen(["-t", "ed25519", "-N", "", "-C", "medforge-workspace", "-f", join(folder, HOST_KEY)]);
      await sign(folder, wanted);
      return publish(folder, final, FILES);
    });
  }

  /** One of those made ahead becomes `home`. @returns false when none was left, or `home` was there by then */
  async function takeSpare(home: string, wanted: Wanted): Promise<boolean> {
    for (const name of await readdir(spares).catch(noneIfMissing)) {
      const spare = join(spares, name);
      if ((await textOf(join(spare, SIGNED_FOR))) !== wanted.signedFor) continue;
      try {
        await rename(spare, home);
        stock.count--;
        return true;
      } catch (cause) {
        if (isCode(cause, "ENOTEMPTY") || isCode(cause, "EEXIST")) return false;
        // Somebody else took it.
        if (!isCode(cause, "ENOENT")) throw cause;
      }
    }
    return false;
  }

  /** The key stays, whatever becomes of the names. */
  function signAgain(home: string, wanted: Wanted): Promise<void> {
    return scratch(async (folder) => {
      await copyFile(join(home, `${HOST_KEY}.pub`), join(folder, `${HOST_KEY}.pub`));
      await sign(folder, wanted);
      await rename(join(folder, CERTIFICATE), join(home, CERTIFICATE));
      await rename(join(folder, SIGNED_FOR), join(home, SIGNED_FOR));
    });
  }

  return {
    ca,
    scratch,

    async of(workspaceId, hostNames) {
      const home = homeOf(workspaceId);
      const wanted = await wantedFor(hostNames);
      const isWhole = async () => (await textOf(join(home, SIGNED_FOR))) === wanted.signedFor;
      if (await isWhole()) return home;
      const known = (await textOf(join(home, `${HOST_KEY}.pub`))) !== undefined;
      if (!known && ((await takeSpare(home, wanted)) || (await make(home, wanted)))) return home;
      // The key was there, or another process was faster.
      if (!(await isWhole())) await signAgain(home, wanted);
      return home;
    },

    async makeAhead(hostNames, count) {
      const wanted = await wantedFor(hostNames);
      if (stock.signedFor === wanted.signedFor && stock.count >= count) return;
      let fit = 0;
      for (const name of await readdir(spares).catch(noneIfMissing)) {
        const spare = join(spares, name);
        if ((await textOf(join(spare, SIGNED_FOR))) === wanted.signedFor) fit++;
        // Of other names or another CA. It may be on its way into a workspace only if it fits.
        else await rm(spare, { recursive: true, force: true });
      }
      stock = { signedFor: wanted.signedFor, count: fit };
      for (; stock.count < count; stock.count++) await make(join(spares, randomUUID()), wanted);
    },
  };
}

/** Type and key, without the comment. */
function keyOf(line: string): string {
  return line.trim().split(" ").slice(0, 2).join(" ");
}

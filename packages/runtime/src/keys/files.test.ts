import { afterEach, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";

import { command } from "../command.ts";
import { keysContract } from "./contract.ts";
import { fileKeys } from "./files.ts";

const folders: string[] = [];
const slug = slugFrom(new Uint8Array([1, 2, 3, 4, 5]));
const workspaceId = uuidv7(1_760_000_000_000, new Uint8Array(10).fill(7));
const wish = { slug, workspaceId, hostNames: ["ssh.medforge.test", "localhost"], authorizedKeys: [] };

async function empty(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "medforge-keys-"));
  folders.push(dir);
  return dir;
}

async function certificate(path: string): Promise<string> {
  return (await command(["ssh-keygen", "-L", "-f", path])).stdout;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

afterEach(async () => {
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

keysContract("files", async () => {
  const dir = join(await mkdtemp(join(tmpdir(), "medforge-keys-")), "not", "there-yet");
  const session = (s: Slug, file: string) =>
    readFile(join(dir, "sessions", s, file), "utf8").catch(() => undefined);
  return {
    keys: fileKeys({ dir }),
    again: () => fileKeys({ dir }),
    authorized: async (s) => (await session(s, "authorized_keys"))?.split("\n").slice(0, -1),
    async hostKey(s) {
      if ((await session(s, "ssh_host_ed25519_key")) === undefined) return undefined;
      const path = join(dir, "sessions", s, "ssh_host_ed25519_key");
      const { stdout } = await command(["ssh-keygen", "-y", "-f", path]);
      return stdout.trim().split(" ").slice(0, 2).join(" ");
    },
    cleanUp: () => rm(join(dir, "..", ".."), { recursive: true, force: true }),
  };
});

test("the certificate is a host certificate for exactly the names, signed by the CA, for ever", async () => {
  const dir = await empty();
  const keys = fileKeys({ dir });
  const folder = await keys.prepare(wish);
  const said = await certificate(join(folder, "ssh_host_ed25519_key-cert.pub"));
  expect(said).toContain("ssh-ed25519-cert-v01@openssh.com host certificate");
  expect(said).toContain('Key ID: "medforge-workspace"');
  expect(said).toContain("Valid: forever");
  const principals = said
    .match(/Principals:\s*\n((?: {16}\S+\n)+)/)?.[1]
    ?.trim()
    .split(/\s+/);
  expect(principals).toEqual(["localhost", "ssh.medforge.test"]);
  const { stdout } = await command(["ssh-keygen", "-l", "-f", join(dir, "ca", "host_ca.pub")]);
  const fingerprint = stdout.split(" ")[1] ?? "none";
  expect(said).toContain(`Signing CA: ED25519 ${fingerprint}`);
});

test("sshd's StrictModes can accept the folder: nobody else writes, the host key is root's alone", async () => {
  const before = process.umask(0o077);
  const folder = await fileKeys({ dir: await empty() })
    .prepare(wish)
    .finally(() => process.umask(before));
  expect(await modeOf(folder)).toBe("755");
  expect(await modeOf(join(folder, "authorized_keys"))).toBe("644");
  expect(await modeOf(join(folder, "ssh_host_ed25519_key-cert.pub"))).toBe("644");
  expect(await modeOf(join(folder, "ssh_host_ed25519_key"))).toBe("600");
  expect(await modeOf(join(folder, "..", "..", "ca", "host_ca"))).toBe("600");
  expect((await readdir(folder)).sort()).toEqual([
    "authorized_keys",
    "ssh_host_ed25519_key",
    "ssh_host_ed25519_key-cert.pub",
  ]);
});

test("other host names mean another certificate for the same key; the same names start no process", async () => {
  const dir = await empty();
  const keys = fileKeys({ dir });
  const folder = await keys.prepare(wish);
  const key = await readFile(join(folder, "ssh_host_ed25519_key"), "utf8");
  await keys.prepare({ ...wish, hostNames: ["ssh.other.test"] });
  expect(await readFile(join(folder, "ssh_host_ed25519_key"), "utf8")).toBe(key);
  const said = await certificate(join(folder, "ssh_host_ed25519_key-cert.pub"));
  expect(said).toContain("ssh.other.test");
  expect(said).not.toContain("localhost");

  const noProcess = fileKeys({ dir, sshKeygen: "/nonexistent/ssh-keygen" });
  expect(await noProcess.prepare({ ...wish, hostNames: ["ssh.other.test"] })).toBe(folder);
  await expect(noProcess.prepare(wish)).rejects.toThrow("could not be started");
});

test("keys made ahead are used first, each once, without a process, and only for the names they were made for", async () => {
  const dir = await empty();
  const names = wish.hostNames;
  await fileKeys({ dir }).makeAhead(names, 2);
  await fileKeys({ dir }).makeAhead(names, 2);
  expect((await readdir(join(dir, "spares"))).length).toBe(2);

  const noProcess = fileKeys({ dir, sshKeygen: "/nonexistent/ssh-keygen" });
  const other = uuidv7(1_760_000_000_000, new Uint8Array(10).fill(8));
  const third = uuidv7(1_760_000_000_000, new Uint8Array(10).fill(9));
  const slugOf = (n: number) => slugFrom(new Uint8Array([n, 2, 3, 4, 5]));
  const folders = await Promise.all([
    noProcess.prepare(wish),
    noProcess.prepare({ ...wish, slug: slugOf(2), workspaceId: other }),
  ]);
  const shown = await Promise.all(
    folders.map((folder) => readFile(join(folder, "ssh_host_ed25519_key"), "utf8")),
  );
  expect(new Set(shown).size).toBe(2);
  const said = await certificate(join(folders[1], "ssh_host_ed25519_key-cert.pub"));
  expect(said).toContain("ssh.medforge.test");
  await expect(noProcess.prepare({ ...wish, slug: slugOf(3), workspaceId: third })).rejects.toThrow(
    "could not be started",
  );

  await fileKeys({ dir }).makeAhead(names, 1);
  await fileKeys({ dir }).makeAhead(["ssh.other.test"], 1);
  const spares = await readdir(join(dir, "spares"));
  expect(spares.length).toBe(1);
  const signed = await certificate(join(dir, "spares", spares[0] ?? "", "ssh_host_ed25519_key-cert.pub"));
  expect(signed).toContain("ssh.other.test");
});

test("a prepare that was cut short by a crash is finished by the next one", async () => {
  const dir = await empty();
  const folder = await fileKeys({ dir }).prepare(wish);
  await rm(join(folder, "ssh_host_ed25519_key-cert.pub"));
  await rm(join(dir, "workspaces", workspaceId, "signed-for.json"));
  await fileKeys({ dir }).prepare(wish);
  expect(await certificate(join(folder, "ssh_host_ed25519_key-cert.pub"))).toContain("ssh.medforge.test");
});

test("nothing is left in tmp/, and what a crash left there an hour ago is swept", async () => {
  const dir = await empty();
  await Promise.all([fileKeys({ dir }).prepare(wish), fileKeys({ dir }).prepare(wish)]);
  expect(await readdir(join(dir, "tmp"))).toEqual([]);
  const left = await mkdtemp(join(dir, "tmp", "making-"));
  const young = await mkdtemp(join(dir, "tmp", "making-"));
  await utimes(left, 0, 0);
  await fileKeys({ dir }).prepare({ ...wish, hostNames: ["localhost"] });
  expect(await readdir(join(dir, "tmp"))).toEqual([young.slice(young.lastIndexOf("/") + 1)]);
});

test("a broken CA file is named with its remedy", async () => {
  const dir = await empty();
  await fileKeys({ dir }).hostCa();
  await Bun.write(join(dir, "ca", "host_ca"), "not a key");
  const failed = await fileKeys({ dir })
    .prepare(wish)
    .catch((cause) => cause);
  expect(failed).toMatchObject({ name: "MachineError", fault: "broken" });
  expect(failed.remedy).toContain(dir);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { containerName, type Slug } from "@medforge/core/ids";

import { command } from "../command.ts";
import { containersContract } from "./contract.ts";
import { dockerContainers } from "./docker.ts";
import { outOfMemoryBefore } from "./docker-events.ts";
import { networkName } from "./docker-names.ts";
import { type DockerSubject, dockerSubject, type EngineProxy, engineProxy } from "./docker-testing.ts";
import type { SessionContainer } from "./port.ts";

// Finding an engine is not permission to use it: the run names it.
const host = process.env.MEDFORGE_TEST_DOCKER;
const image = process.env.MEDFORGE_TEST_IMAGE;

if (host === undefined || image === undefined) {
  describe("containers: docker", () => {
    test.skip("needs MEDFORGE_TEST_DOCKER and MEDFORGE_TEST_IMAGE", () => undefined);
  });
} else {
  containersContract("docker", () => dockerSubject(host, image));
  describe("containers: docker, its own promises", () => dockerPromises(host, image));
}

function dockerPromises(engineHost: string, engineImage: string): void {
  let subject: DockerSubject;
  let folder: string;

  beforeAll(async () => {
    subject = await dockerSubject(engineHost, engineImage);
    folder = mkdtempSync(join(tmpdir(), "medforge-docker-"));
  });
  afterAll(async () => {
    await subject.close();
    rmSync(folder, { recursive: true });
  });

  async function begun(overrides: Partial<SessionContainer> = {}): Promise<SessionContainer> {
    const wish = await subject.wish(overrides);
    await subject.containers.start(wish);
    expect(await subject.containers.bannerSeen(wish.sshPort, 10_000)).toBe(true);
    return wish;
  }

  const through = (proxy: EngineProxy, more: { certPath?: string } = {}) =>
    dockerContainers({ host: proxy.host, sshBind: "127.0.0.1", stateDir: subject.stateDir, ...more });

  test("the API version is one that both know", async () => {
    const shown = await subject.api.version();
    const facts = await subject.containers.check();
    expect(facts).toMatchObject({ kind: "docker", version: shown.Version });
    expect(Number(facts.apiVersion.split(".")[1])).toBeLessThanOrEqual(
      Number(shown.ApiVersion.split(".")[1]),
    );
  });

  test("inside: five capabilities, no new privileges, its limits, its folders, no swap", async () => {
    const wish = await begun();
    const status = (await subject.inside(wish.slug, "cat /proc/1/status")).output;
    // CHOWN 0, SETGID 6, SETUID 7, SYS_CHROOT 18, AUDIT_WRITE 29 (linux/capability.h): bits of the mask.
    const mask = [0, 6, 7, 18, 29].reduce((sum, bit) => sum + 2 ** bit, 0);
    expect(status).toContain(`CapBnd:\t${mask.toString(16).padStart(16, "0")}`);
    expect(status).toMatch(/NoNewPrivs:\s+1/);
    const { HostConfig: limits } = await subject.api.getContainer(containerName(wish.slug)).inspect();
    expect(limits).toMatchObject({
      Memory: wish.limits.memoryBytes,
      MemorySwap: wish.limits.memoryBytes,
      PidsLimit: wish.limits.pidsMax,
      ShmSize: wish.limits.shmBytes,
      NanoCpus: 1e9,
    });
    expect((await subject.inside(wish.slug, "hostname")).output).toBe(`mf-${wish.slug}`);
    expect((await subject.inside(wish.slug, "echo kept > /workspace/file")).exitCode).toBe(0);
    expect(readFileSync(join(wish.workspacePath, "file"), "utf8")).toBe("kept\n");
    const readOnly = await subject.inside(wish.slug, "echo x > /etc/medforge/ssh/authorized_keys");
    expect(readOnly.output).toContain("Read-only file system");
  });

  test("inside: the datasets of its start, to be read by the user and written by nobody", async () => {
    const path = join(folder, "knees");
    mkdirSync(join(path, "images"), { recursive: true });
    writeFileSync(join(path, "images/a.txt"), "pixels\n");
    const wish = await begun({ datasets: [{ slug: "knees", path }] });
    const none = await begun();
    const asUser = (line: string) =>
      subject.inside(wish.slug, `setpriv --reuid 1000 --regid 1000 --clear-groups sh -c '${line}'`);
    expect((await asUser("cat /datasets/knees/images/a.txt")).output).toBe("pixels");
    expect((await asUser("echo x > /datasets/mine")).output).toContain("Permission denied");
    // Not by root either.
    for (const line of [
      "echo x > images/a.txt",
      "touch new",
      "rm images/a.txt",
      "mkdir more",
      "chmod 777 .",
    ]) {
      const tried = await subject.inside(wish.slug, `cd /datasets/knees && ${line}`);
      expect(tried.output).toContain("Read-only file system");
    }
    expect((await subject.inside(wish.slug, "mount -o remount,rw /datasets/knees")).exitCode).not.toBe(0);
    expect(readFileSync(join(path, "images/a.txt"), "utf8")).toBe("pixels\n");
    expect((await subject.inside(none.slug, "ls /datasets")).exitCode).not.toBe(0);
  });

  test("a dataset that is replaced on the host stays as it was inside, and one that is gone is refused", async () => {
    const [path, replaced] = [join(folder, "hips"), join(folder, "hips-replaced")];
    mkdirSync(path);
    writeFileSync(join(path, "a.txt"), "old\n");
    const wish = await begun({ datasets: [{ slug: "hips", path }] });
    renameSync(path, replaced);
    mkdirSync(path);
    expect((await subject.inside(wish.slug, "cat /datasets/hips/a.txt")).output).toBe("old");
    const gone = await subject.wish({ datasets: [{ slug: "hips", path: join(folder, "nowhere") }] });
    await expect(subject.containers.start(gone)).rejects.toMatchObject({ fault: "missing" });
    expect(await subject.networkExists(gone.slug)).toBe(false);
  });

  test("a terminal is the session's user in the workspace, as wide as asked, and one that nobody reads waits", async () => {
    const wish = await begun();
    const marks = (...files: string[]) => files.map((file) => existsSync(join(wish.workspacePath, file)));
    await subject.inside(wish.slug, "chmod 777 /workspace");
    const terminal = await subject.containers.terminal(wish.slug, { columns: 100, rows: 30 });
    const type = (line: string) => terminal.write(new TextEncoder().encode(`${line}\r`));
    const reader = terminal.output.getReader();
    let text = "";
    const until = async (words: RegExp) => {
      while (!words.test(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended: ${text}`);
        text += new TextDecoder().decode(value);
      }
    };
    await type("echo $(id -un) $(pwd) $TERM $LANG $(stty size) $((6*7))");
    await until(/medforge \/workspace xterm-256color C.UTF-8 30 100 42/);
    await terminal.resize({ columns: 132, rows: 43 });
    await type("stty size");
    await until(/43 132/);
    await type("touch begun; seq 1 1000000; touch ended; echo all $((6*7)) said");
    await Bun.sleep(2_000);
    expect(marks("begun", "ended")).toEqual([true, false]);
    await until(/all 42 said/);
    expect(marks("begun", "ended")).toEqual([true, true]);
    await terminal.hangUp();
  });

  test("a shell that ignores SIGHUP, with a program in front that nobody reads, is hung up all the same", async () => {
    const wish = await begun();
    const terminal = await subject.containers.terminal(wish.slug, { columns: 80, rows: 24 });
    await terminal.write(new TextEncoder().encode("trap '' HUP; echo $((6*7)); yes\r"));
    const reader = terminal.output.getReader();
    let text = "";
    while (!text.includes("y\r\ny")) text += new TextDecoder().decode((await reader.read()).value);
    await terminal.hangUp();
    expect(await subject.shells(wish.slug)).toBe(0);
    const left = async () => (await subject.inside(wish.slug, "pgrep -x yes")).output;
    for (const until = Date.now() + 5_000; (await left()) !== "" && Date.now() < until; ) await Bun.sleep(50);
    expect(await left()).toBe("");
  });

  test("each session has a bridge of its own, named for the firewall, and without a named resolver nobody to ask", async () => {
    const external = await begun();
    const internal = await begun({ exposure: "INTERNAL" });
    for (const [wish, bridge] of [
      [external, `mfe-${external.slug}`],
      [internal, `mfi-${internal.slug}`],
    ] as const) {
      const link = await command(["ip", "-brief", "address", "show", "dev", bridge]);
      expect(link.stdout).toMatch(/172\.30\.\d+\.\d+\/29/);
      expect((await subject.containers.look(wish.slug))?.state).toMatchObject({ is: "running" });
    }
    for (const { slug } of [external, internal]) {
      expect((await subject.inside(slug, "cat /etc/resolv.conf")).output).toBe("nameserver 127.0.0.1");
      expect((await subject.inside(slug, "echo x > /etc/resolv.conf")).exitCode).not.toBe(0);
    }
  });

  test("a session sees the device it was granted and no other", async () => {
    const granted = join(folder, "gpu0");
    // 240 to 254 are for local use (linux/Documentation/admin-guide/devices.txt): no driver answers.
    expect((await command(["mknod", granted, "c", "240", "0"])).exitCode).toBe(0);
    expect((await command(["mknod", join(folder, "gpu1"), "c", "240", "1"])).exitCode).toBe(0);
    const wish = await begun({ gpu: { by: "node", host: granted, inside: "/dev/medforge-gpu" } });
    const opened = await subject.inside(wish.slug, "cat /dev/medforge-gpu");
    expect(opened.output).toContain("No such device or address");
    expect((await subject.inside(wish.slug, "ls /dev")).output).not.toContain("gpu1");
    const forged = await subject.inside(wish.slug, "mknod /tmp/gpu1 c 240 1");
    expect(forged.output).toContain("Operation not permitted");
  });

  test("a GPU driver that is not there is broken, with what to install, and leaves nothing", async () => {
    const wish = await subject.wish({ gpu: { by: "nvidia", uuid: "GPU-none" } });
    await expect(subject.containers.start(wish)).rejects.toMatchObject({
      fault: "broken",
      remedy: expect.stringContaining("NVIDIA Container Toolkit"),
    });
    expect(await subject.identity(wish.slug)).toBeUndefined();
    expect(await subject.networkExists(wish.slug)).toBe(false);
  });

  test("a workspace folder that is not there is refused instead of being made", async () => {
    const wish = await subject.wish({ workspacePath: join(folder, "unmounted") });
    await expect(subject.containers.start(wish)).rejects.toMatchObject({ fault: "missing" });
    expect(await subject.networkExists(wish.slug)).toBe(false);
  });

  test("a network that was made ahead and then pruned by somebody is made again by the start", async () => {
    const wish = await subject.wish();
    await subject.containers.prepareNetwork(wish);
    await subject.api.getNetwork(networkName(wish.slug)).remove();
    try {
      await subject.containers.start(wish);
      expect(await subject.containers.bannerSeen(wish.sshPort, 10_000)).toBe(true);
    } finally {
      await subject.containers.stop(wish.slug, 1_000);
    }
    expect(await subject.networkExists(wish.slug)).toBe(false);
  });

  test("the engine's events tell a death by lack of memory from a kill, should its own flag not", async () => {
    const starved = await begun();
    await subject.dieOutOfMemory(starved.slug);
    const killed = await begun();
    await subject.die(killed.slug);
    for (const [wish, expected] of [
      [starved, true],
      [killed, false],
    ] as const) {
      const container = subject.api.getContainer(containerName(wish.slug));
      await container.wait();
      const shown = await container.inspect();
      const ended = { id: shown.Id, finishedAtMs: Date.parse(shown.State.FinishedAt) };
      expect(await outOfMemoryBefore(subject.api, ended, Date.now(), AbortSignal.timeout(5_000))).toBe(
        expected,
      );
    }
  });

  test("a session that ignores SIGTERM is gone soon after its grace", async () => {
    const wish = await begun();
    // A stopped process takes no SIGTERM.
    await subject.inside(wish.slug, "kill -STOP $(pgrep -o sshd)");
    const begunAt = performance.now();
    await subject.containers.stop(wish.slug, 500);
    expect(performance.now() - begunAt).toBeWithin(500, 8_000);
    expect(await subject.identity(wish.slug)).toBeUndefined();
  });

  test("someone else's network in the session's range is refused and stays", async () => {
    const wish = await subject.wish();
    const foreign = await subject.api.createNetwork({ Name: networkName(wish.slug) });
    try {
      await expect(subject.containers.start(wish)).rejects.toMatchObject({ fault: "refused" });
      await subject.containers.stop(wish.slug, 0);
      expect(await subject.identity(wish.slug)).toBeUndefined();
      expect(await subject.networkExists(wish.slug)).toBe(true);
    } finally {
      await foreign.remove();
    }
  });

  test("a watch ends when its connection breaks, and the next one hears again", async () => {
    const proxy = await engineProxy(engineHost, { path: join(folder, "cut.sock") });
    try {
      const containers = through(proxy);
      for (let connection = 1; connection <= 2; connection++) {
        const wish = await begun();
        const heard: Slug[] = [];
        const listening = new AbortController();
        const over = containers.watch((slug) => heard.push(slug), listening.signal);
        await subject.containers.stop(wish.slug, 0);
        const until = Date.now() + 5_000;
        while (!heard.includes(wish.slug) && Date.now() < until) await Bun.sleep(10);
        expect(heard).toContain(wish.slug);
        proxy.cut();
        await over;
      }
    } finally {
      await proxy.close();
    }
  });

  test("an engine that is not there is unreachable until it is, and one that says nothing is late", async () => {
    const path = join(folder, "absent.sock");
    const absent = dockerContainers({
      host: `unix://${path}`,
      sshBind: "127.0.0.1",
      stateDir: subject.stateDir,
    });
    const fault = { fault: "unreachable", remedy: expect.stringContaining("Start Docker: ") };
    await expect(absent.check()).rejects.toMatchObject(fault);
    await expect(absent.list()).rejects.toMatchObject(fault);
    await absent.watch(() => undefined, new AbortController().signal);
    const proxy = await engineProxy(engineHost, { path });
    expect(await absent.list()).toBeArray();
    proxy.beDeaf();
    await expect(absent.check()).rejects.toMatchObject({ fault: "deadline" });
    await proxy.close();
  });

  test("an engine over TCP with TLS is verified in both directions", async () => {
    const certs = join(folder, "certs");
    await makeCertificates(certs);
    const pem = (file: string) => readFileSync(join(certs, file));
    const proxy = await engineProxy(engineHost, {
      tls: {
        ca: pem("ca.pem"),
        cert: pem("server.pem"),
        key: pem("key.pem"),
        requestCert: true,
        rejectUnauthorized: true,
      },
    });
    try {
      expect(await through(proxy, { certPath: certs }).check()).toMatchObject({ kind: "docker" });
      const stranger = join(folder, "stranger");
      await makeCertificates(stranger);
      await expect(through(proxy, { certPath: stranger }).check()).rejects.toMatchObject({
        fault: "unreachable",
      });
    } finally {
      await proxy.close();
    }
  });
}

/** A CA with one key for server and client: `ca.pem`, `server.pem`, `cert.pem`, `key.pem`. */
async function makeCertificates(folder: string): Promise<void> {
  mkdirSync(folder);
  const openssl = async (...args: string[]) => {
    const result = await command(["openssl", ...args], { cwd: folder });
    if (result.exitCode !== 0) throw new Error(result.stderr);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await openssl("req", "-x509", ...key, "-subj", "/CN=test CA", "-keyout", "ca-key.pem", "-out", "ca.pem");
  await openssl(
    "req",
    ...key.slice(0, 5),
    "-subj",
    "/CN=127.0.0.1",
    "-keyout",
    "key.pem",
    "-out",
    "request.pem",
  );
  await Bun.write(join(folder, "extensions"), "subjectAltName=IP:127.0.0.1\n");
  const sign = [
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca-key.pem",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    "extensions",
  ];
  await openssl("x509", "-req", "-in", "request.pem", ...sign, "-out", "server.pem");
  await openssl("x509", "-req", "-in", "request.pem", ...sign, "-out", "cert.pem");
}

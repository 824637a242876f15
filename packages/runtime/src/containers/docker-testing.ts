import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

import { containerName, type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";
import Docker from "dockerode";

import { command, startDaemon } from "../command.ts";
import type { ContainersSubject } from "./contract-trial.ts";
import { dockerContainers } from "./docker.ts";
import { connectionOptions } from "./docker-connection.ts";
import { networkName } from "./docker-names.ts";
import { networkOptions } from "./docker-network.ts";
import { createOptions } from "./docker-spec.ts";
import type { SessionContainer } from "./port.ts";

/** A real engine for tests: what it makes has random names, and `close` removes exactly that. */
export interface DockerSubject extends ContainersSubject {
  readonly api: Docker;
  readonly stateDir: string;
  /** Runs a shell line as root in the session's container; stdout and stderr together. */
  inside(slug: Slug, line: string): Promise<{ readonly exitCode: number; readonly output: string }>;
}

/** Far above the sessions of other suites on the same engine. */
const FIRST_PORT = 10_000;
const TEST_PORT = 13_000;
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

export async function dockerSubject(host: string, image: string): Promise<DockerSubject> {
  const api = new Docker({ ...connectionOptions({ host }), version: "v1.41" });
  const folder = mkdtempSync(join(tmpdir(), "medforge-docker-test-"));
  const stateDir = join(folder, "state");
  mkdirSync(stateDir);
  const settings = {
    sshBind: "127.0.0.1",
    silentResolvConf: join(stateDir, "resolv.silent.conf"),
    dns: [],
  };
  const containers = dockerContainers({ host, sshBind: settings.sshBind, stateDir, firstPort: FIRST_PORT });
  const keysPath = await keyFolder(folder);
  const wishes: SessionContainer[] = [];
  let port = TEST_PORT + (random(1)[0] ?? 0);

  const byName = (slug: Slug) => api.getContainer(containerName(slug));
  const labelled = (slug: Slug) => api.listNetworks({ filters: { name: [networkName(slug)] } });

  async function inside(slug: Slug, line: string) {
    const exec = await byName(slug).exec({
      Cmd: ["sh", "-c", line],
      Tty: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ Tty: true });
    let output = "";
    await new Promise<void>((resolve) => {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
      });
      stream.on("end", resolve);
      stream.on("close", resolve);
    });
    const exitCode = (await exec.inspect()).ExitCode ?? -1;
    return { exitCode, output: output.replaceAll("\r\n", "\n").trim() };
  }

  return {
    api,
    stateDir,
    containers,
    inside,
    missingImage: `sha256:${"0".repeat(64)}`,
    async wish(overrides) {
      port++;
      const slug = slugFrom(random(5));
      const workspacePath = join(folder, "workspaces", slug);
      mkdirSync(workspacePath, { recursive: true });
      const wish: SessionContainer = {
        slug,
        sessionId: uuidv7(Date.now(), random(10)),
        userId: uuidv7(Date.now(), random(10)),
        exposure: "EXTERNAL",
        image,
        sshPort: port,
        workspacePath,
        keysPath,
        datasets: [],
        workspaceId: "workspace-1",
        gpuUuid: `SIM-${slug}`,
        gpu: { by: "nothing" },
        limits: { cpus: 1, memoryBytes: 96 * 2 ** 20, pidsMax: 100, shmBytes: 16 * 2 ** 20 },
        ...overrides,
      };
      wishes.push(wish);
      return wish;
    },
    async identity(slug) {
      const found = await api.listContainers({ all: true, filters: { name: [`^/${containerName(slug)}$`] } });
      return found[0]?.Id;
    },
    async leftover(wish) {
      await api.createNetwork(networkOptions(wish, FIRST_PORT));
      await api.createContainer(createOptions(wish, settings));
    },
    async network(wish) {
      await api.createNetwork(networkOptions(wish, FIRST_PORT));
    },
    networkExists: async (slug) => (await labelled(slug)).length > 0,
    async die(slug) {
      // tini ends as its child does: 128 + SIGKILL, and here without any lack of memory.
      await byName(slug).kill({ signal: "SIGKILL" });
      return 137;
    },
    async dieOutOfMemory(slug) {
      // Makes sshd the kernel's first choice; the engine then sees only a child of the main process killed.
      await inside(slug, "echo 1000 > /proc/$(pgrep -o sshd)/oom_score_adj; head -c 300m /dev/zero | tail");
    },
    async destroy(slug) {
      await byName(slug).remove({ force: true });
    },
    async addForeign(slug) {
      await api.createContainer({ name: containerName(slug), Image: image });
    },
    foreignExists: (slug) =>
      byName(slug)
        .inspect()
        .then(
          () => true,
          () => false,
        ),
    async removeForeign(slug) {
      await byName(slug).remove({ force: true });
    },
    async takePort(taken) {
      const server = await listen(taken);
      return () => new Promise<void>((resolve) => server.close(() => resolve()));
    },
    connect: (wish) => logIn(wish, folder),
    async listen(slug, address, port) {
      const server = `import socket; s = socket.create_server(("${address}", ${port})); open("/tmp/${port}", "w"); s.accept()`;
      await inside(
        slug,
        `setsid python3 -c '${server}' >/dev/null 2>&1 & until [ -e /tmp/${port} ]; do sleep 0.02; done`,
      );
    },
    shells: async (slug) => Number((await inside(slug, "pgrep -c -x -u 1000 bash")).output),
    async close() {
      for (const wish of wishes) await containers.stop(wish.slug, 0);
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * A socket in front of the engine's: `cut` breaks what goes through it, `deaf` makes it accept and say nothing.
 * With `tls`, what docker's own TLS port would be.
 */
export async function engineProxy(
  host: string,
  listenAt: { readonly path: string } | { readonly tls: TlsOptions },
): Promise<EngineProxy> {
  const open = new Set<Socket>();
  let deaf = false;
  const forward = (client: Socket) => {
    const engine = connect({ path: host.slice("unix://".length) });
    for (const [from, to] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("data", (chunk) => {
        if (!deaf) to.write(chunk);
      });
    }
  };
  const server = "tls" in listenAt ? createTlsServer(listenAt.tls, forward) : createServer(forward);
  await new Promise<void>((resolve) => {
    if ("tls" in listenAt) server.listen(0, "127.0.0.1", resolve);
    else server.listen(listenAt.path, resolve);
  });
  const address = server.address();
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    host:
      typeof address === "object" && address !== null
        ? `tcp://127.0.0.1:${address.port}`
        : `unix://${String(address)}`,
    cut,
    beDeaf: () => {
      deaf = true;
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export interface EngineProxy {
  readonly host: string;
  /** Connections that are open now break. */
  cut(): void;
  beDeaf(): void;
  close(): Promise<void>;
}

/** What the pack wants to be bound: host key, its certificate, authorized keys. Also a client's key. */
async function keyFolder(folder: string): Promise<string> {
  const keys = join(folder, "keys");
  mkdirSync(keys);
  const hostKey = join(keys, "ssh_host_ed25519_key");
  for (const key of [hostKey, join(folder, "ca"), join(folder, "client")]) {
    await succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
  }
  await succeed(["ssh-keygen", "-q", "-s", join(folder, "ca"), "-h", "-I", "test", `${hostKey}.pub`]);
  await Bun.write(join(keys, "authorized_keys"), Bun.file(join(folder, "client.pub")));
  chmodSync(join(keys, "authorized_keys"), 0o644);
  return keys;
}

const LOGIN_MS_MAX = 10_000;

/** The client's own ssh, which stays until it is hung up on. */
async function logIn({ sshPort }: SessionContainer, folder: string): Promise<() => Promise<boolean>> {
  const logFile = join(folder, `ssh-${crypto.randomUUID()}.log`);
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
  const argv = ["ssh", "-F", "none", "-i", join(folder, "client"), "-p", String(sshPort)];
  const there = ["medforge@127.0.0.1", "echo logged in; exec sleep 600"];
  const ssh = startDaemon([...argv, ...options.flatMap((each) => ["-o", each]), ...there], { logFile });
  let open = true;
  void ssh.exited.then(() => {
    open = false;
  });
  const until = Date.now() + LOGIN_MS_MAX;
  while (!readFileSync(logFile, "utf8").includes("logged in")) {
    if (!open || Date.now() > until) throw new Error(`ssh: ${readFileSync(logFile, "utf8")}`);
    await Bun.sleep(20);
  }
  return async () => open;
}

async function succeed(argv: readonly string[]): Promise<void> {
  const result = await command(argv);
  if (result.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${result.stderr}`);
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

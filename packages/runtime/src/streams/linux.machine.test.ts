import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { command, type Daemon, startDaemon } from "../command.ts";
import { linuxStreams } from "./linux.ts";

/** Destroys sockets of this network namespace: only where the run says that the namespace is for tests. */
const named = process.env.MEDFORGE_TEST_FIREWALL === "1";

const NAMESPACE = `mfs-${process.pid}`;
const CONTAINER = "10.98.7.2";
const NEIGHBOUR = "10.98.7.3";

async function run(...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await command(argv);
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
}

/** Says nothing by itself and never hangs up. */
const LISTENER = `
for (const [hostname, port] of [["${CONTAINER}", 8080], ["${CONTAINER}", 22], ["${NEIGHBOUR}", 8080]])
  Bun.listen({ hostname, port: Number(port), socket: { data(socket, bytes) { socket.write(bytes); } } });
console.log("listening");
`;

interface Connection {
  /** Resolves when the other end, or the kernel, has ended it. */
  readonly ended: Promise<void>;
  echo(): Promise<string>;
  close(): void;
}

async function connect(hostname: string, port: number): Promise<Connection> {
  const ended = Promise.withResolvers<void>();
  let heard = (_: string) => {};
  const socket = await Bun.connect({
    hostname,
    port,
    socket: {
      data: (_, bytes) => heard(bytes.toString()),
      close: () => ended.resolve(),
      error: () => ended.resolve(),
    },
  });
  return {
    ended: ended.promise,
    echo: () =>
      new Promise((resolve) => {
        heard = resolve;
        socket.write("still there?");
      }),
    close: () => socket.end(),
  };
}

describe.if(named)("cutting streams", () => {
  let listener: Daemon | undefined;
  beforeAll(async () => {
    await run("ip", "netns", "add", NAMESPACE);
    await run("ip", "link", "add", "mfs0", "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE);
    await run("ip", "address", "add", "10.98.7.1/24", "dev", "mfs0");
    await run("ip", "link", "set", "mfs0", "up");
    for (const address of [CONTAINER, NEIGHBOUR])
      await run("ip", "-n", NAMESPACE, "address", "add", `${address}/24`, "dev", "eth0");
    await run("ip", "-n", NAMESPACE, "link", "set", "eth0", "up");
    const argv = ["ip", "netns", "exec", NAMESPACE, process.execPath, "-e", LISTENER];
    listener = startDaemon(argv, { logFile: "/dev/null" });
    for (const [address, port] of [
      [CONTAINER, 8080],
      [CONTAINER, 22],
      [NEIGHBOUR, 8080],
    ] as const) {
      for (let tries = 0; ; tries++) {
        const probe = await connect(address, port).catch(() => undefined);
        probe?.close();
        if (probe !== undefined) break;
        if (tries === 100) throw new Error(`nothing listens on ${address}:${port}`);
        await Bun.sleep(50);
      }
    }
  });
  afterAll(async () => {
    listener?.kill("SIGKILL");
    await listener?.exited;
    await command(["ip", "netns", "delete", NAMESPACE]);
  });

  test("ends what is open to that container at once, and leaves SSH and the neighbours alone", async () => {
    const [first, second, ssh, neighbour] = await Promise.all([
      connect(CONTAINER, 8080),
      connect(CONTAINER, 8080),
      connect(CONTAINER, 22),
      connect(NEIGHBOUR, 8080),
    ]);
    expect(await first.echo()).toBe("still there?");
    await linuxStreams().cut(CONTAINER);
    await Promise.all([first.ended, second.ended]);
    expect(await ssh.echo()).toBe("still there?");
    expect(await neighbour.echo()).toBe("still there?");
    const again = await connect(CONTAINER, 8080);
    expect(await again.echo()).toBe("still there?");
    for (const one of [ssh, neighbour, again]) one.close();
  });

  test("changes nothing where nothing is open, or nobody is", async () => {
    await linuxStreams().cut(NEIGHBOUR);
    await linuxStreams().cut("10.98.7.99");
  });
});

test("what is no address never reaches the kernel's tool", async () => {
  for (const strange of ["", "container", "10.0.0.1 or dport = :22", "::1"]) {
    const refused = await linuxStreams()
      .cut(strange)
      .catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ fault: "refused" });
  }
});

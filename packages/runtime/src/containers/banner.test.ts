import { afterEach, describe, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

import { systemClock } from "../deadline.ts";
import { readBanner } from "./banner.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();

/** @returns the port */
function serve(onConnection: (socket: Socket, number: number) => void): Promise<number> {
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    count++;
    onConnection(socket, count);
  });
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const seen = (port: number, ms: number, signal?: AbortSignal) =>
  readBanner(systemClock, { host: "127.0.0.1", port }, ms, signal);

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

describe("reading the banner", () => {
  test("a port that first closes connections is tried again until sshd is there", async () => {
    const port = await serve((socket, number) =>
      number < 4 ? socket.destroy() : socket.write("SSH-2.0-x\r\n"),
    );
    expect(await seen(port, 5_000)).toBe(true);
  });

  test("a banner in pieces, and after other lines, is one", async () => {
    const port = await serve((socket) => {
      socket.write("welcome\r\nSSH-");
      setTimeout(() => socket.write("2.0-x\r\n"), 20);
    });
    expect(await seen(port, 5_000)).toBe(true);
  });

  test("no other answer passes for one, and the wait is as long as asked", async () => {
    const begun = performance.now();
    const answers = ["HTTP/1.1 200 OK SSH-2.0-x\r\n", "SSH-1.5-x\r\n", "y".repeat(10_000)];
    for (const answer of answers) {
      const port = await serve((socket) => socket.end(answer));
      expect(await seen(port, 60)).toBe(false);
    }
    const silent = await serve(() => undefined);
    expect(await seen(silent, 60)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("aborting ends the wait at once", async () => {
    const port = await serve(() => undefined);
    const begun = performance.now();
    expect(await seen(port, 60_000, AbortSignal.timeout(30))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("no connection stays open behind", async () => {
    const port = await serve((socket) => socket.write("SSH-2.0-x\r\n"));
    await seen(port, 5_000);
    await Bun.sleep(50);
    expect(sockets.size).toBe(0);
  });
});

import { expect, test } from "bun:test";

import { socketFolder } from "./places.ts";

/** sun_path of a unix socket has 108 bytes, the last one is zero. */
const SOCKET_BYTES_MAX = 107;

test("the longest socket of ours fits, however long the checkout's path is", () => {
  const deep = `/srv/${"a-very-long-name/".repeat(20)}.medforge`;
  const longest = `${socketFolder(deep, 0)}/docker/exec/containerd/containerd.sock.ttrpc`;
  expect(longest.length).toBeLessThanOrEqual(SOCKET_BYTES_MAX);
});

test("two checkouts and two users never share a folder", () => {
  const all = [
    socketFolder("/a", 0),
    socketFolder("/b", 0),
    socketFolder("/a", 1000, ""),
    socketFolder("/a", 1001, ""),
  ];
  expect(new Set(all).size).toBe(4);
  expect(socketFolder("/a", 1000, "/run/user/1000")).toStartWith("/run/user/1000/medforge-");
});

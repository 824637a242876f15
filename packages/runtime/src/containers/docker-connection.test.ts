import { describe, expect, test } from "bun:test";

import { MachineError } from "../errors.ts";
import { API_NEWEST, connectionOptions, negotiate } from "./docker-connection.ts";
import { engineError } from "./docker-errors.ts";

describe("the connection to an engine", () => {
  test("speaks the newest version that both know", () => {
    const table: [newest: string, oldest: string, spoken: string][] = [
      ["1.41", "1.12", "1.41"], // Docker 20.10
      ["1.43", "1.12", "1.43"], // Docker 24
      ["1.51", "1.24", "1.51"], // Docker 28
      ["1.52", "1.44", API_NEWEST], // Docker 29
      ["1.100", "1.44", API_NEWEST], // 1.100 is newer than 1.51, not older
    ];
    for (const [newest, oldest, spoken] of table) expect(negotiate({ newest, oldest })).toBe(spoken);
  });

  test("an engine that is too old or too new for us is broken, with what to install", () => {
    expect(() => negotiate({ newest: "1.9", oldest: "1.1" })).toThrow("oldest that works");
    expect(() => negotiate({ newest: "1.99", oldest: "1.60" })).toThrow("accepts only API 1.60");
  });

  test("understands what DOCKER_HOST may say, and leaves nothing to this process's own environment", () => {
    expect(connectionOptions({ host: "unix:///run/user/1/docker.sock" })).toMatchObject({
      socketPath: "/run/user/1/docker.sock",
      protocol: "http",
    });
    expect(Object.keys(connectionOptions({ host: "unix:///x" }))).toContain("host");
    expect(connectionOptions({ host: "tcp://engine.example.org" })).toMatchObject({
      host: "engine.example.org",
      port: 2375,
      protocol: "http",
    });
    expect(connectionOptions({ host: "tcp://engine.example.org:2376", tlsVerify: true })).toMatchObject({
      port: 2376,
      protocol: "https",
    });
    for (const host of ["ssh://engine", "npipe:////./pipe/docker", "docker.sock", ""]) {
      expect(() => connectionOptions({ host })).toThrow(MachineError);
    }
  });

  test("what the engine says becomes a fault with a remedy", () => {
    const answer = (statusCode: number, words: string) => ({
      statusCode,
      message: `(HTTP code ${statusCode}) server error - ${words} `,
    });
    // Texts recorded from Docker 20.10.24, except those of GPUs (from the projects' sources).
    const table: [unknown, string][] = [
      [answer(404, "No such image: sha256:00"), "missing"],
      [answer(404, "No such container: x"), "missing"],
      [answer(500, "driver failed programming external connectivity: port is already allocated"), "refused"],
      [answer(500, "listen tcp4 127.0.0.1:10000: bind: address already in use"), "refused"],
      [answer(403, "Pool overlaps with other one on this address space"), "refused"],
      [answer(500, "write /var/lib/x: no space left on device"), "full"],
      [answer(500, 'could not select device driver "nvidia" with capabilities: [[gpu]]'), "broken"],
      [answer(400, 'invalid mount config for type "bind": bind source path does not exist: /x'), "missing"],
      [answer(500, "something new"), "refused"],
      [{ code: "ENOENT", message: "connect ENOENT /x.sock" }, "unreachable"],
      [{ code: "ECONNREFUSED", message: "connect ECONNREFUSED 127.0.0.1:1" }, "unreachable"],
      [{ code: "ECONNRESET", message: "socket hang up" }, "unreachable"],
      [{ code: "ABORT_ERR", name: "AbortError", message: "The operation was aborted" }, "deadline"],
      [new Error("a surprise"), "broken"],
    ];
    for (const [error, fault] of table) {
      const typed = engineError("doing it", "unix:///x", error);
      expect([error, typed.fault]).toEqual([error, fault as typeof typed.fault]);
      expect(typed.remedy).toMatch(/^[A-Z].+\.$/);
    }
  });

  test("the message is the engine's own words", () => {
    const error = { statusCode: 500, message: "(HTTP code 500) server error - something new " };
    expect(engineError("starting x", "h", error).message).toBe("starting x was refused: something new");
  });
});

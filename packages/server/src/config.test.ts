import { expect, test } from "bun:test";

import { ConfigError, readConfig } from "./config.ts";

const base = { DATABASE_URL: "mysql://localhost/medforge" };

test("an unknown MEDFORGE_ setting is an error that names the nearest valid one", () => {
  expect(() => readConfig({ ...base, MEDFORGE_SSHHOST: "x" })).toThrow(
    new ConfigError("MEDFORGE_SSHHOST is not a setting; did you mean MEDFORGE_SSH_HOST?"),
  );
});

test("every fault is listed at once, each with its name", () => {
  const faults = (() => {
    try {
      readConfig({ MEDFORGE_RUNTIME: "podman", MEDFORGE_POLL_S: "soon", MEDFORGE_LISTENS: "" });
    } catch (error) {
      return String(error);
    }
    return "";
  })();
  for (const name of ["MEDFORGE_RUNTIME", "MEDFORGE_POLL_S", "MEDFORGE_LISTENS", "DATABASE_URL"])
    expect(faults).toContain(name);
});

test("the rest of the environment is none of our business, and defaults are whole", () => {
  const config = readConfig({
    ...base,
    PATH: "/bin",
    MEDFORGE_TEST_DOCKER: "unix:///x",
    MEDFORGE_RUNTIME: "memory",
  });
  expect(config.gpus.simulated).toBe(2);
  expect(config.firewall).toBe("off");
  expect([config.ssh.portFirst, config.ssh.portLast]).toEqual([10_000, 10_999]);
});

test("numbers are read as numbers and addresses are split", () => {
  const config = readConfig({
    ...base,
    MEDFORGE_LISTEN: "[::1]:9000",
    MEDFORGE_START_DEADLINE_S: "7",
    MEDFORGE_GPUS: "simulated:8",
  });
  expect(config.listen).toEqual({ host: "::1", port: 9000 });
  expect(config.startMsMax).toBe(7000);
  expect(config.gpus.simulated).toBe(8);
});

test("addresses are addresses, one or several", () => {
  const config = readConfig({
    ...base,
    MEDFORGE_RESOLVERS: "10.0.0.53,10.0.1.53",
    MEDFORGE_CLOSED_RANGES: "141.2.0.0/16",
  });
  expect(config.resolvers).toEqual(["10.0.0.53", "10.0.1.53"]);
  expect(config.closedRanges).toEqual(["141.2.0.0/16"]);
  expect(() => readConfig({ ...base, MEDFORGE_RESOLVERS: "dns.example.org" })).toThrow("MEDFORGE_RESOLVERS");
});

test("the domain names the portals, whose pages are the only ones that may change anything", () => {
  const config = readConfig({ ...base, MEDFORGE_DOMAIN: "lab.example.org" });
  expect(config.domain).toEqual({ name: "lab.example.org", port: 443 });
  expect(config.portalOrigins).toEqual([
    "https://external.medforge.lab.example.org",
    "https://internal.medforge.lab.example.org",
  ]);
  const here = readConfig({ ...base, MEDFORGE_DOMAIN: "localhost", MEDFORGE_HTTPS_PORT: "8443" });
  expect(here.portalOrigins[0]).toBe("https://external.medforge.localhost:8443");
  expect(readConfig(base).portalOrigins).toEqual(["http://localhost:8600", "http://127.0.0.1:8600"]);
  expect(() => readConfig({ ...base, MEDFORGE_DOMAIN: "https://lab.example.org" })).toThrow(
    "MEDFORGE_DOMAIN",
  );
});

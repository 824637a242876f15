import { expect, test } from "bun:test";

import { type HostFacts, obstacles, type Plan, planFor, type Wish } from "./plan.ts";

const host: HostFacts = {
  root: true,
  mariadb: true,
  dockerd: true,
  hostEngine: false,
  ownEngine: false,
  zfs: true,
  caddy: true,
  nvidia: false,
  resolvers: ["10.0.0.53", "192.0.2.53"],
};
const wish: Wish = {
  runtime: "docker",
  port: undefined,
  gpus: undefined,
  deviceNodes: false,
  environment: {},
};

test("what is given wins, then what was used before, then the host's, then our own", () => {
  const table: [string, Partial<Wish>, Partial<HostFacts>, Partial<Plan>][] = [
    [
      "nothing given",
      {},
      {},
      {
        database: "private",
        engine: "private",
        workspaces: "pool",
        gpus: "simulated:2",
        resolvers: "10.0.0.53,192.0.2.53",
        gate: "private",
      },
    ],
    ["no Caddy", {}, { caddy: false }, { gate: "none" }],
    ["a domain", { environment: { MEDFORGE_DOMAIN: "example.org" } }, {}, { gate: "given" }],
    ["another port here", { environment: { MEDFORGE_DOMAIN: "localhost" } }, {}, { gate: "private" }],
    ["name servers", { environment: { MEDFORGE_RESOLVERS: "10.1.1.1" } }, {}, { resolvers: "10.1.1.1" }],
    ["a database", { environment: { DATABASE_URL: "mysql://x" } }, {}, { database: "given" }],
    ["an engine", { environment: { DOCKER_HOST: "tcp://x" } }, { hostEngine: true }, { engine: "given" }],
    ["the host's engine", {}, { hostEngine: true }, { engine: "host" }],
    ["our engine from before", {}, { hostEngine: true, ownEngine: true }, { engine: "private" }],
    ["a pool", { environment: { WORKSPACE_ZFS_ROOT: "tank/x" } }, {}, { workspaces: "given" }],
    ["a folder", { environment: { MEDFORGE_WORKSPACE_DIR: "/x" } }, {}, { workspaces: "directory" }],
    ["no ZFS", {}, { zfs: false }, { workspaces: "directory" }],
    ["NVIDIA", {}, { nvidia: true }, { gpus: "nvidia" }],
    [
      "NVIDIA, but simulated asked for",
      { gpus: 4, deviceNodes: true },
      { nvidia: true },
      { gpus: "simulated:4", deviceNodes: true },
    ],
    [
      "NVIDIA and device nodes",
      { deviceNodes: true },
      { nvidia: true },
      { gpus: "nvidia", deviceNodes: false },
    ],
    [
      "memory",
      { runtime: "memory" },
      { nvidia: true, hostEngine: true },
      { engine: "none", workspaces: "none", gpus: "simulated:2", resolvers: "" },
    ],
  ];
  for (const [name, asked, found, plan] of table) {
    expect({ name, ...planFor({ ...wish, ...asked }, { ...host, ...found }) }).toMatchObject({
      name,
      ...plan,
    });
  }
});

test("each missing thing is an obstacle only where it is needed", () => {
  const bare: HostFacts = { ...host, root: false, mariadb: false, dockerd: false };
  const given = { DATABASE_URL: "mysql://x" };
  expect(obstacles(planFor(wish, host), host)).toEqual([]);
  expect(obstacles(planFor(wish, bare), bare)).toHaveLength(3);
  expect(obstacles(planFor({ ...wish, runtime: "memory" }, bare), bare)).toHaveLength(1);
  expect(obstacles(planFor({ ...wish, runtime: "memory", environment: given }, bare), bare)).toEqual([]);
});

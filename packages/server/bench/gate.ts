import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { must } from "../e2e/house.ts";
import { othersS } from "./gate/others.ts";
import { openStand } from "./gate/stand.ts";
import { type Measured, type Target, wrk } from "./gate/wrk.ts";
import { openYardsticks, startConstant } from "./gate/yardsticks.ts";
import { median } from "./median.ts";

/**
 * `bun run bench:gate`, as root, in a lab of its own: what the gate costs a request for a session's host. Caddy alone,
 * Caddy with forward_auth to a constant 200 (the floor), Caddy with our gate; then the gate without Caddy, from memory
 * and with every look-up going to MariaDB; all of ours also over 10,000 logins and 1,000 running sessions. They take
 * turns, so that a machine that gets slower hits everything. `wrk` is on the same cores.
 */

const ROUNDS = 4;
/** A round in which others were at work says nothing, and another one is run in its place; so many in all. */
const OTHERS_CORES_MAX = 0.15;
const ROUNDS_MAX = 6;
const MANY = { connections: 32, seconds: 2 };
const ONE = { connections: 1, seconds: 1 };
const FEW_ROWS = { sessions: 1, logins: 1 };
const MANY_ROWS = { sessions: 1_000, logins: 10_000 };
const LIMITS = {
  ofFloor: 0.92,
  aboveFloorMs: 0.1,
  memoryPerSecond: 40_000,
  lookUpPerSecond: 15_000,
  change: 0.1,
};
/** In the sessions' network; here it is the loopback's. */
const CONTAINER = { address: "172.30.255.250", port: 8080 };

if (!/lab\.sh\0--inside/.test(readFileSync("/proc/1/cmdline", "utf8")) || Bun.which("wrk") === null) {
  console.error(
    "Run this with `bun run bench:gate`, as root: it makes the lab that this needs. It takes `wrk`.",
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "medforge-gate-"));
const place = (name: string) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};
await must(["ip", "address", "add", `${CONTAINER.address}/32`, "dev", "lo"]);
const container = await startConstant(folder, CONTAINER.address, CONTAINER.port);
const yardsticks = await openYardsticks(place("yardsticks"), `${CONTAINER.address}:${CONTAINER.port}`);
const ours = await openStand(place("ours"), FEW_ROWS, CONTAINER);
const full = await openStand(place("full"), MANY_ROWS, CONTAINER);

// wrk has no other way to be told where a name leads; only this lab sees it.
const names = [...yardsticks.hosts, ours.host, full.host].map((host) => `127.0.0.1 ${host}\n`);
writeFileSync(join(folder, "hosts"), `127.0.0.1 localhost\n${names.join("")}`);
await must(["mount", "--bind", join(folder, "hosts"), "/etc/hosts"]);

interface Contender {
  readonly name: string;
  readonly target: Target;
  readonly loads: readonly (typeof MANY)[];
  readonly seen: Map<typeof MANY, Measured[]>;
}

const contender = (name: string, target: Target, ...loads: readonly (typeof MANY)[]): Contender => ({
  name,
  target,
  loads,
  seen: new Map(loads.map((load) => [load, []])),
});
const alone = contender("Caddy alone", yardsticks.alone, MANY, ONE);
const floor = contender("Caddy, forward_auth to a constant 200", yardsticks.floor, MANY, ONE);
const gate = contender("Caddy with our gate", ours.throughCaddy, MANY, ONE);
const gateFull = contender("the same, full database", full.throughCaddy, MANY, ONE);
const memory = contender("gate alone, from memory", ours.fromMemory, MANY);
const memoryFull = contender("the same, full database", full.fromMemory, MANY);
const lookUp = contender("gate alone, every look-up in MariaDB", ours.everyLookUp, MANY);
const lookUpFull = contender("the same, full database", full.everyLookUp, MANY);
const memoryAll = contender("  and 1,000 visitors in turn", full.allFromMemory, MANY);
const lookUpAll = contender("  and 1,000 visitors in turn", full.allLookUps, MANY);
const ALL = [alone, floor, gate, gateFull, memory, memoryFull, memoryAll, lookUp, lookUpFull, lookUpAll];

try {
  let counted = 0;
  // Once to warm up, not counted; then in turns, and whoever begins changes too.
  for (let round = 0; counted < ROUNDS && round <= ROUNDS_MAX; round++) {
    const turn = round % ALL.length;
    const from = { othersS: othersS(), ms: performance.now() };
    const measured: (() => void)[] = [];
    for (const { target, loads, seen } of [...ALL.slice(turn), ...ALL.slice(0, turn)]) {
      for (const load of loads) {
        const one = await wrk({ ...target, ...load }, folder);
        measured.push(() => seen.get(load)?.push(one));
      }
    }
    const othersCores = (othersS() - from.othersS) / ((performance.now() - from.ms) / 1_000);
    const counts = round > 0 && othersCores <= OTHERS_CORES_MAX;
    if (counts) for (const keep of measured) keep();
    counted += counts ? 1 : 0;
    const why = round === 0 ? ", warming up" : counts ? "" : ": not counted";
    console.log(`round ${round}: others took ${othersCores.toFixed(2)} cores${why}`);
  }
  process.exitCode = report() ? 0 : 1;
} finally {
  for (const each of [full, ours, yardsticks]) await each.close();
  await container();
  await must(["umount", "/etc/hosts"]);
  rmSync(folder, { recursive: true });
}

function perSecond({ seen }: Contender): number {
  return median((seen.get(MANY) ?? []).map((measured) => measured.perSecond));
}

/** Median at one connection. */
function latencyMs({ seen }: Contender): number {
  return median((seen.get(ONE) ?? []).map(({ medianMs }) => medianMs));
}

/** @returns whether every limit held */
function report(): boolean {
  console.log(`\nmedians: requests per second at ${MANY.connections} connections, latency at one`);
  for (const each of ALL) {
    const rounds = (each.seen.get(MANY) ?? []).map((measured) => Math.round(measured.perSecond));
    const latency = each.loads.includes(ONE) ? `${latencyMs(each).toFixed(3)} ms` : "";
    const figures = `${String(Math.round(perSecond(each))).padStart(7)}  ${latency.padStart(9)}`;
    console.log(`  ${each.name.padEnd(38)}${figures}   (${rounds.join(" ")})`);
  }
  console.log(`\n  the floor is ${(perSecond(floor) / perSecond(alone)).toFixed(2)} of Caddy alone`);
  const ofFloor = perSecond(gate) / perSecond(floor);
  const aboveMs = latencyMs(gate) - latencyMs(floor);
  const { change } = LIMITS;
  const percent = (ratio: number) => `${((ratio - 1) * 100).toFixed(1)} %`;
  const fullTo = (a: Contender, b: Contender): [string, string, boolean] => {
    const ratio = perSecond(b) / perSecond(a);
    return [`full database: ${a.name}`, percent(ratio), ratio >= 1 - change];
  };
  const slower = latencyMs(gateFull) / latencyMs(gate);
  const goals: readonly [string, string, boolean][] = [
    [`our gate of the floor, at least ${LIMITS.ofFloor}`, ofFloor.toFixed(3), ofFloor >= LIMITS.ofFloor],
    [
      `our gate above the floor at one connection, at most ${LIMITS.aboveFloorMs} ms`,
      `${aboveMs.toFixed(3)} ms`,
      aboveMs <= LIMITS.aboveFloorMs,
    ],
    ...(
      [
        [memory, LIMITS.memoryPerSecond],
        [lookUp, LIMITS.lookUpPerSecond],
      ] as const
    ).map(([each, least]): [string, string, boolean] => [
      `${each.name}, over ${least}/s`,
      Math.round(perSecond(each)).toString(),
      perSecond(each) > least,
    ]),
    fullTo(gate, gateFull),
    [`full database: latency at one connection`, percent(slower), slower <= 1 + change],
    fullTo(memory, memoryFull),
    fullTo(lookUp, lookUpFull),
  ];
  for (const [what, figure, held] of goals) {
    console.log(`  ${what.padEnd(64)}${figure.padStart(10)}  ${held ? "held" : "NOT HELD"}`);
  }
  return goals.every(([, , held]) => held);
}

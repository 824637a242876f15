import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { databaseNamed } from "@medforge/db/testing";

import { type House, openHouse } from "../e2e/house.ts";
import type { Person } from "../e2e/person.ts";
import { until } from "../e2e/until.ts";

/**
 * What the API process holds after many sessions have come and gone: the real process, with simulated sessions.
 * Counted in the middle and at the end: what grows with the number of past sessions is a leak.
 */

const SESSIONS = 1_000;
const FIRST_LOOK = 200;
const AT_ONCE = 8;
const RSS_BYTES_MAX = 150_000_000;
/** Kinds of objects that stay when somebody forgets to let go. Caches and pools may breathe by this much. */
const KINDS = [
  "Timeout",
  "AbortSignal",
  "AbortController",
  "EventTarget",
  "TCPSocket",
  "ReadableStream",
  "Promise",
];
const SLACK = 30;
const IDLE_MS = 12_000;
const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));

interface Look {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** How many of each kind are alive; `files` are open file descriptors, `listeners` the bell's. */
  readonly counts: ReadonlyMap<string, number>;
}

/** One person's sessions, one after the other, with their events listened to. */
async function work(who: Person, next: () => boolean): Promise<void> {
  while (next()) {
    const { id } = await who.start();
    await who.hears(id, "RUNNING");
    await who.stop(id);
    await who.reaches(id, "STOPPED");
    await who.ask("GET", "/external/sessions?limit=5");
  }
}

async function look(house: House, file: string): Promise<Look> {
  const { pid, metricsUrl } = house.server();
  // Connections that end and the server's own `loops/memory.ts` get their time; nothing is forced before this number.
  await Bun.sleep(IDLE_MS);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  rmSync(file, { force: true });
  process.kill(pid, "SIGUSR2");
  const probe = await until("the probe", 10_000, () => {
    const text = readFileSync(file, "utf8");
    return text.endsWith("}") && (JSON.parse(text) as { heapBytes: number; alive: Record<string, number> });
  });
  const metrics = await (await fetch(`${metricsUrl}/metrics`)).text();
  return {
    rssBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024,
    heapBytes: probe.heapBytes,
    counts: new Map([
      ["files", readdirSync(`/proc/${pid}/fd`).length],
      ["listeners", Number(/^medforge_bell_listeners (\d+)/m.exec(metrics)?.[1])],
      ...KINDS.map((kind) => [kind, probe.alive[kind] ?? 0] as const),
    ]),
  };
}

/** @returns whether the limits held */
export async function memoryBench(): Promise<boolean> {
  const house = await openHouse({
    runtime: "memory",
    gpus: AT_ONCE,
    preload: PROBE,
    environment: { BENCH_PROBE_FILE: join("/tmp", `medforge-probe-${process.pid}.json`) },
  });
  const file = join("/tmp", `medforge-probe-${process.pid}.json`);
  try {
    const people = await Promise.all(Array.from({ length: AT_ONCE }, () => house.newPerson()));
    let begun = 0;
    const upTo = (count: number) =>
      Promise.all(people.map((who) => work(who, () => begun < count && ++begun > 0)));
    const from = performance.now();
    await upTo(FIRST_LOOK);
    const early = await look(house, file);
    await upTo(SESSIONS);
    const late = await look(house, file);
    const seconds = (performance.now() - from) / 1000;
    return report(early, late, seconds);
  } finally {
    await house.close();
    rmSync(file, { force: true });
  }
}

function report(early: Look, late: Look, seconds: number): boolean {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const grown = [...late.counts].filter(([kind, count]) => count > (early.counts.get(kind) ?? 0) + SLACK);
  const small = late.rssBytes <= RSS_BYTES_MAX;
  console.log(`\nthe API process, ${SESSIONS} sessions in ${seconds.toFixed(0)} s, simulated`);
  console.log(`                    after ${FIRST_LOOK}   after ${SESSIONS}`);
  const line = (what: string, a: string, b: string) =>
    console.log(`  ${what.padEnd(16)} ${a.padStart(11)} ${b.padStart(11)}`);
  line("resident", mb(early.rssBytes), mb(late.rssBytes));
  line("heap", mb(early.heapBytes), mb(late.heapBytes));
  for (const [kind, count] of late.counts) line(kind, String(early.counts.get(kind)), String(count));
  console.log(`  under ${mb(RSS_BYTES_MAX)}: ${small ? "held" : "NOT HELD"}`);
  const names = grown.map(([kind]) => kind).join(", ");
  console.log(`  nothing grows: ${grown.length === 0 ? "held" : `NOT HELD: ${names}`}`);
  return small && grown.length === 0;
}

if (import.meta.main) {
  if (!databaseNamed) {
    console.error("Set MEDFORGE_TEST_DATABASE to a server on which a database may be made.");
    process.exit(2);
  }
  process.exitCode = (await memoryBench()) ? 0 : 1;
}

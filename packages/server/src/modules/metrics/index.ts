import { SESSION_STATES } from "@medforge/core/session";
import { Elysia } from "elysia";
import { Gauge, Registry } from "prom-client";

import { scoringState } from "../../competitions/scoring-state.ts";
import type { Deps } from "../../deps.ts";
import { registry } from "../../metrics.ts";

/** An app of its own: `main.ts` listens with it on the loopback only, and nothing else is answered there. */
export function metricsApp(deps: Deps) {
  return new Elysia({ normalize: false }).get("/metrics", async () => {
    const now = await gauges(deps);
    const all = Registry.merge([registry, now]);
    return new Response(await all.metrics(), { headers: { "content-type": all.contentType } });
  });
}

type MakeGauge = (name: string, help: string, labelNames?: readonly string[]) => Gauge;

async function scoringGauges(deps: Deps, gauge: MakeGauge): Promise<void> {
  const { queued, scoring, oldestMs, workerSeenAt, workersAlive } = await scoringState(deps);
  const runs = gauge("medforge_scoring_runs", "Runs that have no end yet, by state", ["state"]);
  runs.set({ state: "queued" }, queued);
  runs.set({ state: "scoring" }, scoring);
  gauge("medforge_scoring_oldest_seconds", "How long the first queued run has waited").set(oldestMs / 1000);
  gauge("medforge_workers", "Workers with a sign of life in the last 30 s").set(workersAlive);
  // Absent where no worker was ever seen: 0 would be the best news.
  if (workerSeenAt === null) return;
  const seen = gauge("medforge_worker_seen_seconds", "Age of the last sign of life of any worker");
  seen.set((deps.clock.now() - workerSeenAt) / 1000);
}

/** What the database and the process say at this moment. */
async function gauges(deps: Deps): Promise<Registry> {
  const here = new Registry();
  const gauge: MakeGauge = (name, help, labelNames = []) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers: [here] });

  gauge("medforge_process_resident_bytes", "Memory of this process").set(process.memoryUsage.rss());
  gauge("medforge_bell_listeners", "Event streams and loops that listen").set(deps.bell.listeners);
  const up = gauge("medforge_database_up", "1 when the database answers");
  try {
    const [sessions, gpus] = await Promise.all([deps.db.sessions.unfinished(), deps.db.gpus.withHolders()]);
    const states = gauge("medforge_sessions", "Sessions that have not ended, by state", ["state"]);
    for (const state of SESSION_STATES.slice(0, 4)) {
      states.set({ state }, sessions.filter(({ session }) => session.state === state).length);
    }
    const queued = sessions.filter(({ session }) => session.state === "QUEUED");
    gauge("medforge_queue_length", "Sessions that wait for a GPU").set(queued.length);
    const oldest = Math.min(deps.clock.now(), ...queued.map(({ session }) => session.createdAt));
    gauge("medforge_queue_oldest_seconds", "How long the first of them has waited").set(
      (deps.clock.now() - oldest) / 1000,
    );
    const devices = gauge("medforge_gpus", "GPUs, by what they are doing", ["state"]);
    const orphaned = gpus.filter((gpu) => gpu.orphanSlug !== null);
    const busy = gpus.filter((gpu) => gpu.orphanSlug === null && gpu.holderSessionId !== null);
    const idle = gpus.filter((gpu) => gpu.orphanSlug === null && gpu.holderSessionId === null);
    devices.set({ state: "orphaned" }, orphaned.length);
    devices.set({ state: "busy" }, busy.length);
    devices.set({ state: "missing" }, idle.filter((gpu) => !gpu.present).length);
    devices.set({ state: "disabled" }, idle.filter((gpu) => gpu.present && !gpu.enabled).length);
    devices.set({ state: "free" }, idle.filter((gpu) => gpu.present && gpu.enabled).length);
    await scoringGauges(deps, gauge);
    up.set(1);
  } catch (error) {
    deps.log.error("metrics.database_unavailable", {}, error);
    up.set(0);
  }
  return here;
}

import type { Session, SessionSamples } from "@medforge/contracts/sessions";
import { assert } from "@medforge/core/assert";
import type { SessionDetails } from "@medforge/db/queries/sessions";

import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";
import { SAMPLE_EVERY_MS, type Sample } from "../../loops/samples.ts";
import { simulationNotice } from "../status/simulated.ts";
import { waitingInOrder } from "./allocate.ts";
import type { ExpectedWait } from "./expected-wait.ts";
import { expectedWaitsNow } from "./queue-facts.ts";

const NOT_QUEUED = { place: null, wait: null } as const;

/** Sessions as the wire shows them; several at once, as the queue and the host CA are looked up once for all. */
export async function sessionsOnWire(deps: Deps, all: readonly SessionDetails[]): Promise<Session[]> {
  const queued = all.some(({ session }) => session.state === "QUEUED");
  const order = queued ? await waitingInOrder(deps.db, deps.clock.now()) : [];
  const places = new Map(order.map(({ session }, index) => [session.id, index + 1]));
  const waits = await expectedWaitsNow(deps, order.length);
  const hostCa = all.some((one) => sshOf(deps, one) !== null) ? await hostCaLine(deps) : null;
  return all.map((details) => {
    const place = places.get(details.session.id);
    const queue = place === undefined ? NOT_QUEUED : { place, wait: waits[place - 1] ?? null };
    return onWire(deps, details, hostCa, queue);
  });
}

export async function sessionOnWire(deps: Deps, details: SessionDetails): Promise<Session> {
  const one = (await sessionsOnWire(deps, [details]))[0];
  assert(one !== undefined, "one in, one out");
  return one;
}

function onWire(
  deps: Deps,
  details: SessionDetails,
  hostCa: string | null,
  queue: { readonly place: number | null; readonly wait: ExpectedWait | null },
): Session {
  const { session, pack, gpu, workspace } = details;
  const ssh = sshOf(deps, details);
  const notice = simulationNotice(deps.config, gpu?.uuid ?? null);
  const gpuUntil = session.gpuUntil ?? deps.clock.now();
  return {
    id: session.id,
    slug: session.slug,
    exposure: session.exposure,
    state: session.state,
    reason: session.reason,
    message: session.message,
    pack: { id: session.packId, name: pack.name },
    gpu: gpu === null ? null : { name: gpu.name, uuid: gpu.uuid },
    workspace: { id: session.workspaceId, name: workspace.name },
    ssh,
    host_ca: ssh === null ? null : hostCa,
    snapshot: session.snapshot,
    simulated: notice !== null,
    notice,
    queue_position: queue.place,
    expected_wait: queue.wait && waitOnWire(queue.wait),
    created_at: instantText(session.createdAt),
    running_at: instantOrNull(session.runningAt),
    ended_at: instantOrNull(session.endedAt),
    gpu_seconds:
      session.allocatedAt === null ? 0 : Math.max(0, Math.floor((gpuUntil - session.allocatedAt) / 1000)),
  };
}

function waitOnWire({ medianMs, ninthDecileMs }: ExpectedWait): NonNullable<Session["expected_wait"]> {
  const seconds = (ms: number) => Math.ceil(ms / 1000);
  return {
    median_s: seconds(medianMs),
    ninth_decile_s: ninthDecileMs === null ? null : seconds(ninthDecileMs),
  };
}

function sshOf(deps: Deps, { session }: SessionDetails): Session["ssh"] {
  if (session.sshPort === null || (session.state !== "STARTING" && session.state !== "RUNNING")) return null;
  const { host } = deps.config.ssh;
  return {
    host,
    port: session.sshPort,
    user: "medforge",
    command: `ssh -p ${session.sshPort} medforge@${host}`,
  };
}

/** For ~/.ssh/known_hosts. Null when the keys cannot be read now: that must not hide the sessions. */
async function hostCaLine(deps: Deps): Promise<string | null> {
  try {
    return `@cert-authority [${deps.config.ssh.host}]:* ${await deps.keys.hostCa()}`;
  } catch (error) {
    deps.log.error("session.host_ca_unknown", {}, error);
    return null;
  }
}

export function samplesOnWire({ config }: Deps, samples: readonly Sample[]): SessionSamples {
  return {
    every_s: SAMPLE_EVERY_MS / 1000,
    cpus: config.session.cpus,
    memory_bytes_max: config.session.memoryBytes,
    samples: samples.map((sample) => ({
      at: instantText(sample.atMs),
      cpu_percent: sample.cpuPercent,
      memory_bytes: sample.memoryBytes,
      gpu_percent: sample.gpuPercent,
      gpu_memory_bytes: sample.gpuMemoryBytes,
      workspace_bytes: sample.workspaceBytes,
    })),
  };
}

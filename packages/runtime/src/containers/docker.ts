import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { SSH_PORT_FIRST } from "@medforge/core/allocation";
import { containerName, type Slug } from "@medforge/core/ids";

import { type Clock, systemClock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import { readBanner } from "./banner.ts";
import { DockerConnection, type DockerHostOptions } from "./docker-connection.ts";
import { DockerContainerSteps } from "./docker-container-steps.ts";
import { statusOf } from "./docker-errors.ts";
import { followEvents } from "./docker-events.ts";
import { hangUpInside } from "./docker-hang-up.ts";
import { LABEL } from "./docker-names.ts";
import { DockerNetworks } from "./docker-network.ts";
import { openPortsInside } from "./docker-open-ports.ts";
import { hasResolver, NOBODY, type SpecSettings } from "./docker-spec.ts";
import { foundContainer } from "./docker-state.ts";
import { openDockerTerminal } from "./docker-terminal.ts";
import { textOfFrames, usageOf } from "./docker-usage.ts";
import { NO_OPEN_PORTS, type OpenPorts } from "./open-ports.ts";
import type {
  Containers,
  ContainerUsage,
  EngineFacts,
  FoundContainer,
  SessionContainer,
  SessionNetwork,
} from "./port.ts";
import { notRunning, type Terminal, type TerminalSize } from "./terminal.ts";

export interface DockerOptions extends DockerHostOptions {
  /** Host address on which SSH ports are published: `127.0.0.1`, `0.0.0.0`. */
  readonly sshBind: string;
  /** Where published ports are reached from here; default: `sshBind`, or the engine's host if that is "every address". */
  readonly probeHost?: string;
  /** Folder of ours, at the same path on the engine's host: what is bound into containers lies there. */
  readonly stateDir: string;
  /** The SSH port whose subnet is the first of its range; default 10000. */
  readonly firstPort?: number;
  /** Name servers of external sessions; default: the engine's choice. */
  readonly dns?: readonly string[];
  readonly clock?: Clock;
}

const LOOK_MS_MAX = 10_000;
/** So many containers are looked at together. */
const LOOKS_AT_ONCE = 8;

export function dockerContainers(options: DockerOptions): Containers {
  return new DockerContainers(options);
}

class DockerContainers implements Containers {
  readonly #engine: DockerConnection;
  readonly #containers: DockerContainerSteps;
  readonly #networks: DockerNetworks;
  readonly #clock: Clock;
  readonly #spec: SpecSettings;
  readonly #probeHost: string;
  readonly #stateDir: string;
  /** Networks that were made ahead, for the `start` that follows: it need not ask the engine again. */
  readonly #ahead = new Map<Slug, Promise<void>>();

  constructor(options: DockerOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#engine = new DockerConnection(options, this.#clock);
    this.#stateDir = resolve(options.stateDir);
    this.#spec = {
      sshBind: options.sshBind,
      silentResolvConf: join(this.#stateDir, "resolv.silent.conf"),
      dns: options.dns ?? [],
    };
    this.#containers = new DockerContainerSteps(this.#engine, this.#spec, this.#clock);
    this.#networks = new DockerNetworks(this.#engine, options.firstPort ?? SSH_PORT_FIRST, this.#clock);
    this.#probeHost = options.probeHost ?? defaultProbeHost(options);
  }

  check(): Promise<EngineFacts> {
    return this.#engine.facts();
  }

  async checkImage(image: string): Promise<void> {
    await this.#engine.call(`looking for the image ${image}`, LOOK_MS_MAX, (api) =>
      api.getImage(image).inspect(),
    );
  }

  async prepareNetwork(wish: SessionNetwork): Promise<void> {
    // Whoever asks while it is being made waits for the same one: the engine does not list it yet.
    const made = this.#ahead.get(wish.slug) ?? this.#networks.ensure(wish);
    this.#ahead.set(wish.slug, made);
    try {
      await made;
    } catch (error) {
      this.#ahead.delete(wish.slug);
      throw error;
    }
  }

  async start(wish: SessionContainer, signal?: AbortSignal): Promise<void> {
    cancelled(wish.slug, signal);
    if (!hasResolver(wish, this.#spec)) this.#writeResolvConf();
    const ahead = this.#ahead.get(wish.slug);
    this.#ahead.delete(wish.slug);
    // Together: the bridge takes the engine longer than the container, and neither needs the other before the start.
    const [network, container] = await Promise.allSettled([
      ahead ?? this.#networks.ensure(wish),
      this.#containers.place(wish),
    ]);
    if (container.status === "fulfilled" && container.value.running) {
      if (network.status === "rejected") throw network.reason;
      return;
    }
    try {
      if (container.status === "rejected") throw container.reason;
      if (network.status === "rejected") throw network.reason;
      cancelled(wish.slug, signal);
      await this.#containers.run(container.value.id, wish.slug).catch(async (error) => {
        // Somebody removed what was made ahead: `docker network prune` takes every network that nobody uses yet.
        if (ahead === undefined || statusOf(error) !== 404) throw error;
        await this.#networks.ensure(wish);
        await this.#containers.run(container.value.id, wish.slug);
      });
      cancelled(wish.slug, signal);
    } catch (error) {
      // What went wrong first is what a person needs to know; if this fails too, the next look finds the rest.
      await this.#clearAway(wish).catch(() => undefined);
      throw error;
    }
  }

  bannerSeen(sshPort: number, ms: number, signal?: AbortSignal): Promise<boolean> {
    return readBanner(this.#clock, { host: this.#probeHost, port: sshPort }, ms, signal);
  }

  async stop(slug: Slug, graceMs: number, signal?: AbortSignal): Promise<void> {
    const found = await this.#containers.inspect(containerName(slug), signal);
    if (found && foundContainer(found, false)) {
      if (found.State.Running) await this.#containers.terminate(found.Id, slug, graceMs, signal);
      cancelled(slug, signal);
      await this.#containers.remove(found.Id, slug);
    }
    cancelled(slug, signal);
    this.#ahead.delete(slug);
    await this.#networks.remove(slug);
  }

  async hangUp(slug: Slug): Promise<void> {
    const inside = await this.#containers.inside(slug);
    if (inside !== undefined) await hangUpInside(inside);
  }

  async terminal(slug: Slug, size: TerminalSize): Promise<Terminal> {
    const found = await this.#containers.inspect(containerName(slug));
    if (!found || foundContainer(found, false)?.state.is !== "running") throw notRunning(slug);
    return openDockerTerminal(
      this.#engine,
      this.#clock,
      { containerId: found.Id, pid: found.State.Pid },
      size,
    );
  }

  async look(slug: Slug): Promise<FoundContainer | undefined> {
    const shown = await this.#containers.inspect(containerName(slug));
    return shown && this.#containers.judged(shown);
  }

  async openPorts(slug: Slug): Promise<OpenPorts> {
    const inside = await this.#containers.inside(slug);
    if (inside === undefined) return NO_OPEN_PORTS;
    const ports = await openPortsInside(inside);
    if (ports !== undefined) return ports;
    // It has just ended; or it was never there to be seen.
    if ((await this.#containers.inside(slug))?.pid !== inside.pid) return NO_OPEN_PORTS;
    throw new MachineError(
      "broken",
      "a session's open ports cannot be read: its processes are not on this host",
      "The server needs to be root on the host of the engine.",
    );
  }

  async usage(slug: Slug): Promise<ContainerUsage | undefined> {
    const stats = await this.#containers.ofOurs(slug, "measuring", (api, abortSignal) =>
      // dockerode's types know neither the one look nor the signal.
      api.stats({ stream: false, "one-shot": true, ...{ abortSignal } }),
    );
    return stats === undefined ? undefined : usageOf(stats);
  }

  async log(slug: Slug, linesMax: number): Promise<string> {
    const frames = await this.#containers.ofOurs(slug, "reading the log of", (api, abortSignal) =>
      api.logs({ stdout: true, stderr: true, timestamps: true, tail: linesMax, follow: false, abortSignal }),
    );
    return frames === undefined ? "" : textOfFrames(frames);
  }

  async list(): Promise<FoundContainer[]> {
    const rows = await this.#containers.rows();
    const found: FoundContainer[] = [];
    for (let i = 0; i < rows.length; i += LOOKS_AT_ONCE) {
      const shown = await Promise.all(
        rows.slice(i, i + LOOKS_AT_ONCE).map((row) => this.#containers.inspect(row.Id)),
      );
      for (const one of await Promise.all(shown.map((each) => each && this.#containers.judged(each)))) {
        if (one) found.push(one);
      }
    }
    return found;
  }

  async strayNetworks(): Promise<Slug[]> {
    // Networks first: one whose container is made in between is then not taken for a stray.
    const slugs = await this.#networks.slugs();
    const used = new Set((await this.#containers.rows()).map((row) => row.Labels[LABEL.slug]));
    return slugs.filter((slug) => !used.has(slug));
  }

  async removeNetwork(slug: Slug): Promise<void> {
    this.#ahead.delete(slug);
    const found = await this.#containers.inspect(containerName(slug));
    if (found && foundContainer(found, false)) return;
    await this.#networks.remove(slug);
  }

  async watch(onChange: (slug: Slug) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const sinceMs = this.#clock.now();
    try {
      await followEvents(await this.#engine.unbounded(), sinceMs, onChange, signal);
    } catch {
      // A stream that could not begin has ended: the caller looks, which tells it what is wrong, and listens again.
    }
  }

  /** Undoes a start that failed, also one whose outcome is unknown: no container of this session, no network. */
  async #clearAway(wish: SessionContainer): Promise<void> {
    const found = await this.#containers.inspect(containerName(wish.slug));
    if (found && foundContainer(found, false)?.sessionId === wish.sessionId) {
      await this.#containers.remove(found.Id, wish.slug);
    }
    await this.#networks.remove(wish.slug);
  }

  #writeResolvConf(): void {
    mkdirSync(this.#stateDir, { recursive: true });
    const fresh = `${this.#spec.silentResolvConf}.new`;
    writeFileSync(fresh, `nameserver ${NOBODY}\n`, { mode: 0o644 });
    renameSync(fresh, this.#spec.silentResolvConf);
  }
}

function cancelled(slug: Slug, signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new MachineError("deadline", `the work on ${containerName(slug)} was cancelled`, "Try again.");
  }
}

function defaultProbeHost(options: DockerOptions): string {
  if (options.sshBind !== "0.0.0.0" && options.sshBind !== "::") return options.sshBind;
  return options.host.startsWith("unix://") ? "127.0.0.1" : new URL(options.host).hostname;
}

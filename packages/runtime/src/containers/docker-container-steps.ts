import { containerName, type Slug } from "@medforge/core/ids";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";

import type { Clock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import type { DockerConnection } from "./docker-connection.ts";
import { statusOf } from "./docker-errors.ts";
import { outOfMemoryBefore } from "./docker-events.ts";
import type { Inside } from "./docker-hang-up.ts";
import { LABEL } from "./docker-names.ts";
import { createOptions, fits, type SpecSettings } from "./docker-spec.ts";
import { EXIT_KILLED, foundContainer, timeMs } from "./docker-state.ts";
import type { FoundContainer, SessionContainer } from "./port.ts";

const LOOK_MS_MAX = 10_000;
const CREATE_MS_MAX = 30_000;
const START_MS_MAX = 60_000;
const REMOVE_MS_MAX = 30_000;

interface Placed {
  readonly id: string;
  /** It ran before this call: then it is someone's work, and a failure of ours does not touch it. */
  readonly running: boolean;
}

/** Containers alone, without their networks: each step of a session's container as calls to the engine. */
export class DockerContainerSteps {
  readonly #engine: DockerConnection;
  readonly #clock: Clock;
  readonly #spec: SpecSettings;

  constructor(engine: DockerConnection, spec: SpecSettings, clock: Clock) {
    this.#engine = engine;
    this.#spec = spec;
    this.#clock = clock;
  }

  /** Afterwards a container of this session is there, running or ready to be started. */
  async place(wish: SessionContainer): Promise<Placed> {
    const name = containerName(wish.slug);
    for (let attempt = 1; attempt <= 3; attempt++) {
      try {
        const made = await this.#engine.call(
          `creating the container ${name}`,
          CREATE_MS_MAX,
          (api, abortSignal) => api.createContainer({ ...createOptions(wish, this.#spec), abortSignal }),
        );
        return { id: made.id, running: false };
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
      }
      const found = await this.inspect(name);
      if (found === undefined) continue;
      const ours = foundContainer(found, false);
      if (ours === undefined) {
        throw new MachineError(
          "refused",
          `a container that is not MedForge's has the name ${name}`,
          `Rename or remove it: \`docker rename ${name} <other name>\`.`,
        );
      }
      // One that has ended is not adopted: a start means a fresh container.
      if (ours.sessionId === wish.sessionId && ours.state.is !== "exited" && fits(wish, found)) {
        return { id: found.Id, running: ours.state.is === "running" };
      }
      await this.remove(found.Id, wish.slug);
    }
    throw new MachineError(
      "refused",
      `the container name ${name} is taken again and again`,
      "Look who else makes containers of this name: `docker events`.",
    );
  }

  /** Afterwards it runs; one that runs already is left as it is. */
  async run(id: string, slug: Slug): Promise<void> {
    try {
      await this.#engine.call(
        `starting the container ${containerName(slug)}`,
        START_MS_MAX,
        (api, abortSignal) => api.getContainer(id).start({ abortSignal }),
      );
    } catch (error) {
      if (statusOf(error) !== 304) throw error;
    }
  }

  /** SIGTERM, then up to `graceMs` for the main process to end. */
  async terminate(id: string, slug: Slug, graceMs: number, signal?: AbortSignal): Promise<void> {
    const name = containerName(slug);
    try {
      await this.#engine.call(`sending SIGTERM to ${name}`, LOOK_MS_MAX, (api, abortSignal) =>
        api.getContainer(id).kill({ signal: "SIGTERM", abortSignal }),
      );
      await this.#engine.call(
        `waiting for ${name} to end`,
        Math.max(1, graceMs),
        (api, abortSignal) => api.getContainer(id).wait({ condition: "not-running", abortSignal }),
        signal,
      );
    } catch (error) {
      // The grace is over: removing kills. 404 and 409: it has ended in the meantime.
      const late = error instanceof MachineError && error.fault === "deadline";
      if (!late && statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
    }
  }

  /** SIGKILL if it still runs, then remove; waits for a removal that someone else has begun. */
  async remove(id: string, slug: Slug): Promise<void> {
    const what = `removing the container ${containerName(slug)}`;
    try {
      await this.#engine.call(what, REMOVE_MS_MAX, (api, abortSignal) =>
        api.getContainer(id).remove({ force: true, v: true, ...{ abortSignal } }),
      );
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (statusOf(error) !== 409) throw error;
      await this.#engine
        .call(what, REMOVE_MS_MAX, (api, abortSignal) =>
          api.getContainer(id).wait({ condition: "removed", abortSignal }),
        )
        .catch((late) => {
          if (statusOf(late) !== 404) throw late;
        });
    }
  }

  /** Its network, as this host sees it; undefined without a running container. */
  async inside(slug: Slug): Promise<Inside | undefined> {
    const found = await this.inspect(containerName(slug));
    const seen = found && foundContainer(found, false);
    if (!found || seen?.state.is !== "running" || seen.state.address === null) return undefined;
    return { pid: found.State.Pid, address: seen.state.address };
  }

  /** @returns undefined when there is none, whoever's it would be */
  async inspect(nameOrId: string, signal?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.#engine.call(
        `looking at the container ${nameOrId}`,
        LOOK_MS_MAX,
        (api, abortSignal) => api.getContainer(nameOrId).inspect({ abortSignal }),
        signal,
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Undefined when there is no container of this slug that is ours. */
  async ofOurs<T>(
    slug: Slug,
    doing: string,
    work: (container: Docker.Container, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const found = await this.inspect(containerName(slug));
    if (found === undefined || foundContainer(found, false) === undefined) return undefined;
    try {
      return await this.#engine.call(
        `${doing} the container ${containerName(slug)}`,
        LOOK_MS_MAX,
        (api, abortSignal) => work(api.getContainer(found.Id), abortSignal),
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Every container with our label, in whatever state. */
  rows() {
    return this.#engine.call("listing containers", LOOK_MS_MAX, (api, abortSignal) =>
      api.listContainers({ all: true, filters: { label: [LABEL.session] }, abortSignal }),
    );
  }

  /** What the engine says about a container, as ours; undefined when it is not. */
  async judged(shown: ContainerInspectInfo): Promise<FoundContainer | undefined> {
    const { State: state } = shown;
    const unclear = !state.Running && state.ExitCode === EXIT_KILLED && !state.OOMKilled;
    return foundContainer(shown, unclear && (await this.#oomSeen(shown)));
  }

  async #oomSeen(shown: ContainerInspectInfo): Promise<boolean> {
    const container = { id: shown.Id, finishedAtMs: timeMs(shown.State.FinishedAt) };
    return await this.#engine
      .call("asking for out-of-memory events", LOOK_MS_MAX, (api, abortSignal) =>
        outOfMemoryBefore(api, container, this.#clock.now(), abortSignal),
      )
      // Only the wording of the reason depends on it.
      .catch(() => false);
  }
}

import { containerName, type Slug } from "@medforge/core/ids";

import { MachineError } from "../errors.ts";
import type { MemoryContainer, MemoryEngine, MemoryListener, MemoryStep } from "./memory-engine.ts";
import { type OpenPorts, openPorts } from "./open-ports.ts";
import type { Containers, EngineFacts, FoundContainer, SessionContainer, SessionNetwork } from "./port.ts";
import { notRunning, type Terminal } from "./terminal.ts";

/** Session containers that are only pretended, on a machine with nothing but Bun. Everything is done at once. */
export function memoryContainers(engine: MemoryEngine): Containers {
  return new MemoryContainers(engine);
}

class MemoryContainers implements Containers {
  readonly #engine: MemoryEngine;

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  async check(): Promise<EngineFacts> {
    return { kind: "memory", version: "1", apiVersion: "1" };
  }

  async checkImage(image: string): Promise<void> {
    if (!this.#engine.images.has(image)) {
      throw new MachineError("missing", `there is no image ${image}`, "Add it: `./medforge pack list`.");
    }
  }

  async prepareNetwork(wish: SessionNetwork): Promise<void> {
    this.#makeNetwork(wish);
  }

  async start(wish: SessionContainer, signal?: AbortSignal): Promise<void> {
    cancelled(signal);
    const { slug } = wish;
    const running = this.#engine.containers.get(slug);
    if (running?.state.is === "running" && fits(wish, running)) {
      this.#engine.networks.set(slug, wish.sshPort);
      return;
    }
    try {
      await this.checkImage(wish.image);
      this.#makeNetwork(wish);
      const container = this.#place(wish);
      this.#step("container-made", slug);
      this.#claimPort(wish);
      this.#engine.run(container);
    } catch (error) {
      if (error instanceof MachineError) {
        this.#engine.remove(slug);
        this.#engine.networks.delete(slug);
      }
      throw error;
    }
  }

  /** Nobody waits for a banner that will not come: whoever simulates a hang brings its own clock. */
  async bannerSeen(sshPort: number, _ms: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    return this.#engine
      .live()
      .some(({ wish }) => wish.sshPort === sshPort && !this.#engine.silent.has(wish.slug));
  }

  async stop(slug: Slug, _graceMs: number, signal?: AbortSignal): Promise<void> {
    cancelled(signal);
    this.#engine.kill(slug, 143);
    this.#step("container-ended", slug);
    this.#engine.remove(slug);
    this.#step("container-removed", slug);
    this.#engine.networks.delete(slug);
  }

  async hangUp(slug: Slug): Promise<void> {
    this.#engine.connections.delete(slug);
  }

  async terminal(slug: Slug): Promise<Terminal> {
    if (this.#engine.containers.get(slug)?.state.is !== "running") throw notRunning(slug);
    return this.#engine.openTerminal(slug);
  }

  async look(slug: Slug): Promise<FoundContainer | undefined> {
    const container = this.#engine.containers.get(slug);
    return container && shown(container);
  }

  async openPorts(slug: Slug): Promise<OpenPorts> {
    return openPorts(this.#engine.openPorts.get(slug) ?? []);
  }

  async usage(): Promise<undefined> {
    return undefined;
  }

  async log(): Promise<string> {
    return "";
  }

  async list(): Promise<FoundContainer[]> {
    return [...this.#engine.containers.values()].map(shown);
  }

  async strayNetworks(): Promise<Slug[]> {
    return [...this.#engine.networks.keys()].filter((slug) => !this.#engine.containers.has(slug));
  }

  async removeNetwork(slug: Slug): Promise<void> {
    if (!this.#engine.containers.has(slug)) this.#engine.networks.delete(slug);
  }

  async watch(onChange: (slug: Slug) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const listener: MemoryListener = { changed: onChange, ended: resolve };
      this.#engine.listen(listener);
      signal.addEventListener(
        "abort",
        () => {
          this.#engine.unlisten(listener);
          resolve();
        },
        { once: true },
      );
    });
  }

  #makeNetwork(wish: SessionNetwork): void {
    for (const [slug, port] of this.#engine.networks) {
      // As on the real engine: the subnet follows from the port, and an unused leftover gives way.
      if (slug === wish.slug || port !== wish.sshPort) continue;
      if (this.#engine.containers.get(slug)?.state.is === "running") throw portTaken(wish.sshPort);
      this.#engine.networks.delete(slug);
    }
    this.#engine.networks.set(wish.slug, wish.sshPort);
    this.#step("network-made", wish.slug);
  }

  #place(wish: SessionContainer): MemoryContainer {
    const name = containerName(wish.slug);
    if (this.#engine.foreign.has(name)) {
      throw new MachineError(
        "refused",
        `a container that is not MedForge's has the name ${name}`,
        "Rename or remove it.",
      );
    }
    const leftover = this.#engine.containers.get(wish.slug);
    if (leftover?.state.is === "created" && fits(wish, leftover)) return leftover;
    if (leftover) this.#engine.remove(wish.slug);
    return this.#engine.create(wish);
  }

  #claimPort(wish: SessionContainer): void {
    const taken =
      this.#engine.usedPorts.has(wish.sshPort) ||
      this.#engine.live().some((other) => other.wish.sshPort === wish.sshPort);
    if (taken) throw portTaken(wish.sshPort);
  }

  #step(at: MemoryStep, slug: Slug): void {
    this.#engine.interrupt?.(at, slug);
  }
}

function portTaken(port: number): MachineError {
  return new MachineError("refused", `port ${port} is already allocated`, "Free the port.");
}

function fits(wish: SessionContainer, { wish: had }: MemoryContainer): boolean {
  return (
    had.sessionId === wish.sessionId &&
    had.image === wish.image &&
    had.gpuUuid === wish.gpuUuid &&
    had.sshPort === wish.sshPort &&
    had.workspacePath === wish.workspacePath &&
    had.keysPath === wish.keysPath
  );
}

function shown({ wish, state }: MemoryContainer): FoundContainer {
  const { slug, sessionId, userId, gpuUuid, workspaceId, sshPort } = wish;
  return { slug, sessionId, userId, gpuUuid, workspaceId, sshPort, state };
}

function cancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MachineError("deadline", "the work was cancelled", "Try again.");
}

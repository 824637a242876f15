import { containerName, type Slug } from "@medforge/core/ids";

import { MemoryTerminal } from "./memory-terminal.ts";
import type { OpenPort } from "./open-ports.ts";
import type { ContainerState, SessionContainer } from "./port.ts";

/**
 * The pretend machine that the memory adapter works on. It outlives the adapter: a crash of the process loses the
 * adapter and keeps the engine, as with a real one.
 */
export interface MemoryEngineOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly images?: Iterable<string>;
  /** A container with this folder at /workspace has started: for a workspace store that must know it is in use. */
  readonly onMount?: (workspacePath: string, slug: Slug) => void;
  /** … and has ended. */
  readonly onUnmount?: (workspacePath: string, slug: Slug) => void;
}

/** Where a call can be cut in two by a crash. */
export type MemoryStep = "network-made" | "container-made" | "container-ended" | "container-removed";

export interface MemoryContainer {
  /** New for every container, as the real engine's ids. */
  readonly id: string;
  readonly wish: SessionContainer;
  state: ContainerState;
}

export class MemoryEngine {
  readonly images: Set<string>;
  /** By slug. */
  readonly containers = new Map<Slug, MemoryContainer>();
  /** Slug → SSH port. */
  readonly networks = new Map<Slug, number>();
  /** Names of containers without our label. */
  readonly foreign = new Set<string>();
  /** Host ports that other programs have. */
  readonly usedPorts = new Set<number>();
  /** Slugs whose sshd never answers. */
  readonly silent = new Set<Slug>();
  /** Slugs into which somebody has an SSH connection open. */
  readonly connections = new Set<Slug>();
  /** On what the programs that run in it listen. */
  readonly openPorts = new Map<Slug, readonly OpenPort[]>();
  /** Shells that run, by the slug they run in. */
  readonly terminals = new Map<MemoryTerminal, Slug>();
  /** What must never be true and was: for the simulation's invariants. */
  readonly violations: string[] = [];
  /** Throws to cut a call in two at this step, as a crash of the process would: nothing is cleaned up then. */
  interrupt: ((at: MemoryStep, slug: Slug) => void) | undefined;

  readonly #options: MemoryEngineOptions;
  readonly #listeners = new Set<MemoryListener>();
  #made = 0;

  constructor(options: MemoryEngineOptions) {
    this.#options = options;
    this.images = new Set(options.images);
  }

  now(): number {
    return this.#options.now();
  }

  /** A container that is made and not started. */
  create(wish: SessionContainer): MemoryContainer {
    this.#made++;
    const container: MemoryContainer = { id: `memory-${this.#made}`, wish, state: { is: "created" } };
    this.containers.set(wish.slug, container);
    return container;
  }

  run(container: MemoryContainer): void {
    const { wish } = container;
    for (const other of this.live()) {
      if (other.wish.gpuUuid === wish.gpuUuid)
        this.#violated("GPU", wish.gpuUuid, other.wish.slug, wish.slug);
      if (other.wish.workspacePath === wish.workspacePath) {
        this.#violated("workspace", wish.workspacePath, other.wish.slug, wish.slug);
      }
    }
    container.state = { is: "running", startedAtMs: this.now(), address: addressOf(wish.sshPort) };
    this.#options.onMount?.(wish.workspacePath, wish.slug);
  }

  /** The container's main process ends by itself or is killed; nothing happens when none is running. */
  kill(slug: Slug, exitCode: number, how: { readonly outOfMemory?: boolean } = {}): void {
    const container = this.containers.get(slug);
    if (container?.state.is !== "running") return;
    container.state = {
      is: "exited",
      exitCode,
      outOfMemory: how.outOfMemory ?? false,
      atMs: this.now(),
    };
    this.connections.delete(slug);
    this.openPorts.delete(slug);
    for (const [terminal, where] of [...this.terminals]) if (where === slug) terminal.end();
    this.#options.onUnmount?.(container.wish.workspacePath, slug);
    this.#tell(slug);
  }

  /** The container is gone, whoever did it; its network stays. */
  remove(slug: Slug): void {
    this.kill(slug, 137);
    if (this.containers.delete(slug)) this.#tell(slug);
  }

  openTerminal(slug: Slug): MemoryTerminal {
    const terminal = new MemoryTerminal((ended) => void this.terminals.delete(ended));
    this.terminals.set(terminal, slug);
    return terminal;
  }

  /** A container without our label that has the name of this session's. */
  addForeign(slug: Slug): void {
    this.foreign.add(containerName(slug));
  }

  live(): MemoryContainer[] {
    return [...this.containers.values()].filter((container) => container.state.is === "running");
  }

  listen(listener: MemoryListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: MemoryListener): void {
    this.#listeners.delete(listener);
  }

  /** Event streams that are open: a test for leaks counts them. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** Every event stream ends, as when the engine restarts. */
  dropListeners(): void {
    for (const listener of [...this.#listeners]) listener.ended();
    this.#listeners.clear();
  }

  #tell(slug: Slug): void {
    for (const listener of [...this.#listeners]) {
      // Never from inside the call that caused it: real events arrive later, too.
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener.changed(slug);
      });
    }
  }

  #violated(what: string, which: string, first: Slug, second: Slug): void {
    this.violations.push(`${what} ${which} is used by ${first} and ${second} at the same time`);
  }
}

export interface MemoryListener {
  changed(slug: Slug): void;
  ended(): void;
}

/** An address in the sessions' range that nothing answers on. */
function addressOf(sshPort: number): string {
  return `172.30.${Math.floor(sshPort / 256) % 256}.${sshPort % 256}`;
}

import type { Slug } from "@medforge/core/ids";
import type { Exposure } from "@medforge/core/session";

import type { GpuGrant } from "../gpus/port.ts";
import type { OpenPorts } from "./open-ports.ts";
import type { Terminal, TerminalSize } from "./terminal.ts";

/** What a session's container must be. Everything in it comes from the row; nothing is decided here. */
export interface SessionContainer extends SessionNames {
  /** Pinned: a repository digest (`repo@sha256:…`) or an image id (`sha256:…`). */
  readonly image: string;
  /** Host folder bound at /workspace. */
  readonly workspacePath: string;
  /** Host folder bound read-only at /etc/medforge/ssh: authorized_keys, host key and certificate. */
  readonly keysPath: string;
  /** Bound read-only at /datasets/<slug>; nothing of it is the session's own. */
  readonly datasets: readonly MountedDataset[];
  readonly gpu: GpuGrant;
  readonly limits: ContainerLimits;
}

export interface MountedDataset {
  /** Lower-case letters, digits and hyphens. */
  readonly slug: string;
  /** Host folder. Must be there when the container starts. */
  readonly path: string;
}

/** All that a session's network depends on: so it can be made before anything else of the session is known. */
export interface SessionNetwork {
  readonly slug: Slug;
  readonly exposure: Exposure;
  /** Host port published to port 22 of the container; the subnet follows from it. */
  readonly sshPort: number;
}

/** What everything of a session is known by. */
export interface SessionNames extends SessionNetwork {
  readonly sessionId: string;
  readonly userId: string;
  readonly workspaceId: string;
  /** UUID of the GPU, as a label, so that an orphan's GPU is known. */
  readonly gpuUuid: string;
}

export interface ContainerLimits {
  readonly cpus: number;
  /** Memory and swap together: there is no swap. */
  readonly memoryBytes: number;
  readonly pidsMax: number;
  readonly shmBytes: number;
}

export type ContainerState =
  | { readonly is: "created" }
  | { readonly is: "running"; readonly startedAtMs: number; readonly address: string | null }
  | {
      readonly is: "exited";
      readonly exitCode: number;
      readonly outOfMemory: boolean;
      readonly atMs: number;
    };

export interface FoundContainer {
  readonly slug: Slug;
  readonly sessionId: string | null;
  readonly userId: string | null;
  /** What it holds, from its labels: an orphan keeps all of it until an admin removes it. */
  readonly gpuUuid: string | null;
  readonly workspaceId: string | null;
  readonly sshPort: number | null;
  readonly state: ContainerState;
}

/** What a running container uses at this moment. */
export interface ContainerUsage {
  /** Of all cores together, since its start. */
  readonly cpuSeconds: number;
  /** Without files in memory that the kernel would give up at once, as `docker stats` counts it. */
  readonly memoryBytes: number;
  readonly pids: number;
}

export interface EngineFacts {
  /** `docker` or `memory`. */
  readonly kind: string;
  readonly version: string;
  readonly apiVersion: string;
}

/** Session containers and their networks. Only things that carry our labels are ever seen or touched. */
export interface Containers {
  /** The engine answers. @throws MachineError `unreachable` with a remedy */
  check(): Promise<EngineFacts>;

  /**
   * The image is there. @throws MachineError `missing` when it is not
   * @param image a digest or image id
   */
  checkImage(image: string): Promise<void>;

  /**
   * Afterwards the session's own network exists. `start` makes it too; asked for while the files are got ready, it
   * saves the time that a bridge takes.
   */
  prepareNetwork(wish: SessionNetwork): Promise<void>;

  /**
   * Afterwards the container's own network exists and its main process has been started. A leftover of the same name
   * is adopted when it is the same session's, fits and has not ended, else replaced. It keeps the datasets that it was
   * made with. Called on a running one it changes
   * nothing. A start that fails leaves nothing of its own behind.
   * @throws MachineError `missing` without the image or a folder, `refused` when the port, the subnet or the name is
   * someone else's
   */
  start(wish: SessionContainer, signal?: AbortSignal): Promise<void>;

  /** True when sshd's banner was read through the published port within `ms`. */
  bannerSeen(sshPort: number, ms: number, signal?: AbortSignal): Promise<boolean>;

  /**
   * Afterwards container and network are gone: SIGTERM, `graceMs`, SIGKILL, remove. Stopping one that is gone changes
   * nothing.
   */
  stop(slug: Slug, graceMs: number, signal?: AbortSignal): Promise<void>;

  /**
   * Afterwards no SSH connection into the session is open that was; what runs in it goes on, and new connections are
   * for the keys to refuse. Without a running container nothing changes.
   */
  hangUp(slug: Slug): Promise<void>;

  /**
   * A new login shell of the session's user in /workspace. It ends when it wants to, with `hangUp` of its own or with
   * the container; not when nobody reads it.
   * @throws MachineError `missing` without a running container
   */
  terminal(slug: Slug, size: TerminalSize): Promise<Terminal>;

  /** This session's container, or undefined when there is none. */
  look(slug: Slug): Promise<FoundContainer | undefined>;

  /**
   * The TCP ports on which its programs take connections, but not sshd's; none without a running container, and none
   * where sessions are only pretended. What is told is the kernel's word, never the container's.
   * @throws MachineError `broken` where the engine is not on this host
   */
  openPorts(slug: Slug): Promise<OpenPorts>;

  /** Undefined where nothing runs, and where sessions are only pretended: nothing is measured then. */
  usage(slug: Slug): Promise<ContainerUsage | undefined>;

  /**
   * The end of what the container's main process has written, oldest line first, each with its time (RFC 3339); empty
   * when it wrote nothing or is not there.
   */
  log(slug: Slug, linesMax: number): Promise<string>;

  /** Every container with our label, running or not. */
  list(): Promise<FoundContainer[]>;

  /**
   * Slugs of session networks that no container uses: what a crash between two removals leaves behind. A start that is
   * under way has one too for a moment: spare those of active sessions.
   */
  strayNetworks(): Promise<Slug[]>;

  /** Afterwards the network of this slug is gone, unless a container uses it. */
  removeNetwork(slug: Slug): Promise<void>;

  /**
   * Calls back with the slug whenever a container of ours dies or is destroyed, until the signal aborts. Not when one
   * starts: whoever started it knows.
   * Resolves when the stream ends or could not begin, for whatever reason; the caller pauses, looks at everything and
   * listens again.
   */
  watch(onChange: (slug: Slug) => void, signal: AbortSignal): Promise<void>;
}

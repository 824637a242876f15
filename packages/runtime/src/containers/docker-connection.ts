import { readFileSync } from "node:fs";
import { join } from "node:path";

import Docker from "dockerode";

import { type Clock, within } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import { engineError, statusOf } from "./docker-errors.ts";
import type { EngineFacts } from "./port.ts";

export interface DockerHostOptions {
  /** As DOCKER_HOST: `unix:///run/docker.sock`, `tcp://engine.example.org:2376`. */
  readonly host: string;
  /** As DOCKER_CERT_PATH: folder of `ca.pem`, `cert.pem` and `key.pem`. Given: TLS. */
  readonly certPath?: string | undefined;
  /** As DOCKER_TLS_VERIFY. True without `certPath`: TLS with the system's authorities. */
  readonly tlsVerify?: boolean | undefined;
}

/** 20.10. Older engines do not know what we ask for. */
export const API_OLDEST = "1.41";
/** The newest version whose changes were read; a newer engine is spoken to in this one. */
export const API_NEWEST = "1.51";

/** -1, 0 or 1, as for sort: versions are two numbers, and 1.9 is older than 1.41. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return Math.sign(majorA - majorB || minorA - minorB);
}

/**
 * The API version to speak: never newer than the engine knows, and no older than it still accepts.
 * @throws MachineError `broken` when there is none
 */
export function negotiate(engine: { readonly newest: string; readonly oldest: string }): string {
  if (compareVersions(engine.newest, API_OLDEST) < 0) {
    throw new MachineError(
      "broken",
      `this Docker engine speaks API ${engine.newest}; ${API_OLDEST} is the oldest that works`,
      "Install Docker 20.10 or newer.",
    );
  }
  if (compareVersions(engine.oldest, API_NEWEST) > 0) {
    throw new MachineError(
      "broken",
      `this Docker engine accepts only API ${engine.oldest} and newer; this MedForge speaks up to ${API_NEWEST}`,
      "Update MedForge.",
    );
  }
  return compareVersions(engine.newest, API_NEWEST) < 0 ? engine.newest : API_NEWEST;
}

/**
 * Where dockerode connects to. Every field is set: docker-modem fills in what is left out from the process's own
 * DOCKER_HOST, which may name another engine.
 * TLS is always verified: an engine that cannot prove who it is would get root on everything we mount.
 */
export function connectionOptions(options: DockerHostOptions): Docker.DockerOptions {
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  if (options.host.startsWith("unix://")) {
    return { ...none, socketPath: options.host.slice("unix://".length), protocol: "http" };
  }
  const url = URL.canParse(options.host) ? new URL(options.host) : undefined;
  if (url === undefined || !["tcp:", "http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new MachineError(
      "broken",
      `DOCKER_HOST "${options.host}" is none that MedForge can use`,
      "Use unix:///path/to/docker.sock or tcp://host:port.",
    );
  }
  const tls = url.protocol === "https:" || options.certPath !== undefined || options.tlsVerify === true;
  const pem = (file: string) =>
    options.certPath === undefined ? undefined : readFileSync(join(options.certPath, file));
  return {
    ...none,
    socketPath: undefined,
    host: url.hostname,
    port: Number(url.port || (tls ? 2376 : 2375)),
    protocol: tls ? "https" : "http",
    ca: pem("ca.pem"),
    cert: pem("cert.pem"),
    key: pem("key.pem"),
  };
}

/**
 * The socket's own limit ends those of dockerode's calls that take no signal, such as looking at an image. Later than
 * the deadline: it says "hang up", which would pass for an engine that is not there.
 */
function socketMsMax(msMax: number): number {
  return msMax + 1_000;
}

/** One engine. Every call goes through `call`, which bounds it and turns what goes wrong into a MachineError. */
export class DockerConnection {
  readonly host: string;
  readonly #options: Docker.DockerOptions;
  readonly #clock: Clock;
  #version: Promise<string> | undefined;

  constructor(options: DockerHostOptions, clock: Clock) {
    this.host = options.host;
    this.#options = connectionOptions(options);
    this.#clock = clock;
  }

  async facts(): Promise<EngineFacts> {
    const msMax = 5_000;
    // /version answers without a version in the path.
    const plain = new Docker({ ...this.#options, timeout: socketMsMax(msMax) });
    const found = await this.#bounded("asking Docker for its version", msMax, () => plain.version());
    const apiVersion = negotiate({ newest: found.ApiVersion, oldest: found.MinAPIVersion ?? API_OLDEST });
    return { kind: "docker", version: found.Version, apiVersion };
  }

  /** The engine, without a bound: for a stream that lasts until its signal aborts. */
  async unbounded(): Promise<Docker> {
    return new Docker({ ...this.#options, version: await this.#negotiated() });
  }

  /**
   * @param what for the message: "creating the network mf-net-…"
   * @param work gets the signal that ends it: hand it to dockerode as `abortSignal`
   */
  async call<T>(
    what: string,
    msMax: number,
    work: (api: Docker, abortSignal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const version = await this.#negotiated();
    const api = new Docker({ ...this.#options, version, timeout: socketMsMax(msMax) });
    try {
      return await this.#bounded(what, msMax, (late) =>
        work(api, signal === undefined ? late : AbortSignal.any([late, signal])),
      );
    } catch (error) {
      // The engine may come back as another version: 400 is its answer to one that it does not know.
      const lost = error instanceof MachineError && error.fault === "unreachable";
      if (lost || statusOf(error) === 400) this.#version = undefined;
      throw error;
    }
  }

  #negotiated(): Promise<string> {
    if (this.#version === undefined) {
      const version = this.facts().then(({ apiVersion }) => `v${apiVersion}`);
      this.#version = version;
      version.catch(() => {
        if (this.#version === version) this.#version = undefined;
      });
    }
    return this.#version;
  }

  async #bounded<T>(what: string, msMax: number, work: (late: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await within(this.#clock, msMax, what, work);
    } catch (error) {
      throw engineError(what, this.host, error);
    }
  }
}

import { isSlug, type Slug } from "@medforge/core/ids";
import type { Exposure } from "@medforge/core/session";
import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";

import type { Clock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import type { DockerConnection } from "./docker-connection.ts";
import { statusOf } from "./docker-errors.ts";
import { bridgeName, LABEL, networkLabels, networkName } from "./docker-names.ts";
import type { SessionNetwork } from "./port.ts";

/** Subnets of 8 addresses in each half of 172.30.0.0/16. */
const SUBNETS_PER_EXPOSURE = 4096;
const NETWORK_MS_MAX = 20_000;
const ATTEMPTS_MAX = 5;
const PAUSE_MS = 100;

/**
 * The subnet follows from the SSH port alone, so that two sessions never want the same one and a firewall or a log
 * reader can tell the session: external 172.30.0.0/17, internal 172.30.128.0/17, offset (port − first) × 8.
 */
export function subnetOf(
  sshPort: number,
  exposure: Exposure,
  firstPort: number,
): { readonly subnet: string; readonly gateway: string } {
  const index = sshPort - firstPort;
  if (!Number.isInteger(index) || index < 0 || index >= SUBNETS_PER_EXPOSURE) {
    const last = firstPort + SUBNETS_PER_EXPOSURE - 1;
    throw new MachineError(
      "refused",
      `SSH port ${sshPort} has no subnet: only ${firstPort} to ${last} do`,
      "Choose a range of SSH ports that begins at the configured first port.",
    );
  }
  const offset = index * 8;
  const third = (exposure === "EXTERNAL" ? 0 : 128) + Math.floor(offset / 256);
  const fourth = offset % 256;
  return { subnet: `172.30.${third}.${fourth}/29`, gateway: `172.30.${third}.${fourth + 1}` };
}

export function networkOptions(wish: SessionNetwork, firstPort: number): NetworkCreateOptions {
  const { subnet, gateway } = subnetOf(wish.sshPort, wish.exposure, firstPort);
  return {
    Name: networkName(wish.slug),
    // Engines before 25 allow two networks of one name unless told.
    CheckDuplicate: true,
    Driver: "bridge",
    // Not even for internal sessions: published ports do not work on internal networks. The firewall isolates.
    Internal: false,
    Attachable: false,
    EnableIPv6: false,
    IPAM: { Driver: "default", Config: [{ Subnet: subnet, Gateway: gateway }] },
    Options: {
      "com.docker.network.bridge.name": bridgeName(wish.slug, wish.exposure),
      "com.docker.network.bridge.enable_icc": "false",
      // Without an address of the host's, an internal session's packets find no way back even past the firewall.
      ...(wish.exposure === "INTERNAL" ? { "com.docker.network.bridge.enable_ip_masquerade": "false" } : {}),
    },
    Labels: networkLabels(wish),
  };
}

const BRIDGE_OPTION = "com.docker.network.bridge.name";

function sameNetwork(wanted: NetworkCreateOptions, found: NetworkInspectInfo): boolean {
  return (
    found.Name === wanted.Name &&
    found.Options?.[BRIDGE_OPTION] === wanted.Options?.[BRIDGE_OPTION] &&
    found.IPAM?.Config?.[0]?.Subnet === wanted.IPAM?.Config?.[0]?.Subnet
  );
}

function inTheWay(wanted: NetworkCreateOptions, found: NetworkInspectInfo): boolean {
  return (
    found.Name === wanted.Name ||
    found.Options?.[BRIDGE_OPTION] === wanted.Options?.[BRIDGE_OPTION] ||
    found.IPAM?.Config?.[0]?.Subnet === wanted.IPAM?.Config?.[0]?.Subnet
  );
}

/** Session networks; only those that carry our label. */
export class DockerNetworks {
  readonly #engine: DockerConnection;
  readonly #firstPort: number;
  readonly #clock: Clock;

  constructor(engine: DockerConnection, firstPort: number, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#firstPort = firstPort;
  }

  /** Afterwards the session's network exists. What an earlier session left in its place is removed, if unused. */
  async ensure(wish: SessionNetwork): Promise<void> {
    const wanted = networkOptions(wish, this.#firstPort);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#create(wanted);
      } catch (error) {
        const status = statusOf(error);
        if (attempt === ATTEMPTS_MAX || (status !== 403 && status !== 409)) throw error;
      }
      const ours = await this.#list(LABEL.slug);
      if (ours.some((found) => sameNetwork(wanted, found))) return;
      const leftovers = ours.filter((found) => inTheWay(wanted, found));
      for (const leftover of leftovers) await this.#remove(leftover);
      // What is in the way may be one that is just being made or removed, and is not listed.
      if (leftovers.length === 0) await this.#clock.sleep(PAUSE_MS);
    }
  }

  /** Afterwards no network of this slug is left, unless a running container uses it. */
  async remove(slug: Slug): Promise<void> {
    for (const network of await this.#list(`${LABEL.slug}=${slug}`)) await this.#remove(network);
  }

  async slugs(): Promise<Slug[]> {
    const networks = await this.#list(LABEL.slug);
    return [...new Set(networks.map((network) => network.Labels?.[LABEL.slug] ?? ""))].filter(isSlug);
  }

  async #create(wanted: NetworkCreateOptions): Promise<void> {
    await this.#engine.call(`creating the network ${wanted.Name}`, NETWORK_MS_MAX, (api, abortSignal) =>
      api.createNetwork({ ...wanted, abortSignal }),
    );
  }

  #list(label: string): Promise<NetworkInspectInfo[]> {
    return this.#engine.call("listing networks", 10_000, (api, abortSignal) =>
      api.listNetworks({ filters: { label: [label] }, abortSignal }),
    );
  }

  async #remove(network: NetworkInspectInfo): Promise<void> {
    try {
      await this.#engine.call(`removing the network ${network.Name}`, NETWORK_MS_MAX, (api, abortSignal) =>
        api.getNetwork(network.Id).remove({ abortSignal }),
      );
    } catch (error) {
      // 404: gone already. 403: a running container uses it, and then it is not ours to take.
      if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error;
    }
  }
}

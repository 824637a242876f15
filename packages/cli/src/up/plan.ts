import type { Environment } from "../settings.ts";

/** What the host has, as far as `up` must decide on it. */
export interface HostFacts {
  readonly root: boolean;
  readonly mariadb: boolean;
  readonly dockerd: boolean;
  /** A Docker of the host answers on its usual socket. */
  readonly hostEngine: boolean;
  /** This checkout has used an engine of its own before. */
  readonly ownEngine: boolean;
  readonly zfs: boolean;
  readonly caddy: boolean;
  readonly nvidia: boolean;
  /** IPv4 addresses of the name servers that this host asks. */
  readonly resolvers: readonly string[];
}

export interface Wish {
  readonly runtime: "docker" | "memory";
  readonly port: number | undefined;
  /** A number of simulated GPUs; undefined: NVIDIA's if there are any. */
  readonly gpus: number | undefined;
  readonly deviceNodes: boolean;
  /** Settings from the environment. They win. */
  readonly environment: Environment;
}

/** Who provides each thing. `private` is brought up by us below `.medforge`. */
export interface Plan {
  readonly runtime: "docker" | "memory";
  readonly database: "given" | "private";
  readonly engine: "given" | "host" | "private" | "none";
  readonly workspaces: "given" | "pool" | "directory" | "none";
  readonly gpus: string;
  readonly deviceNodes: boolean;
  /** Who answers browsers in front of the API; none: there is no portal over https. */
  readonly gate: "given" | "private" | "none";
  /** Name servers that external sessions may ask, comma-separated. */
  readonly resolvers: string;
}

export const SIMULATED_GPUS = 2;
/** Browsers take `*.localhost` for this machine without asking anyone. */
export const LOCAL_DOMAIN = "localhost";

/** Given things first, then what was used before, then what the host runs, then our own. */
export function planFor(wish: Wish, host: HostFacts): Plan {
  const { environment, runtime } = wish;
  const database = environment.DATABASE_URL === undefined ? "private" : "given";
  const simulated = wish.gpus ?? (runtime === "docker" && host.nvidia ? undefined : SIMULATED_GPUS);
  const gpus = environment.MEDFORGE_GPUS ?? (simulated === undefined ? "nvidia" : `simulated:${simulated}`);
  const resolvers = environment.MEDFORGE_RESOLVERS ?? host.resolvers.join(",");
  const deviceNodes = wish.deviceNodes && gpus !== "nvidia";
  const gate = gateFor(environment, host);
  if (runtime === "memory") {
    return {
      runtime,
      database,
      engine: "none",
      workspaces: "none",
      gpus,
      deviceNodes: false,
      resolvers: "",
      gate,
    };
  }
  return {
    runtime,
    database,
    engine: engineFor(environment, host),
    workspaces: workspacesFor(environment, host),
    gpus,
    deviceNodes,
    resolvers,
    gate,
  };
}

/** Where a domain is named, its Caddy is the operator's. */
function gateFor(environment: Environment, host: HostFacts): Plan["gate"] {
  if ((environment.MEDFORGE_DOMAIN ?? LOCAL_DOMAIN) !== LOCAL_DOMAIN) return "given";
  return host.caddy ? "private" : "none";
}

function engineFor(environment: Environment, host: HostFacts): Plan["engine"] {
  if (environment.DOCKER_HOST !== undefined) return "given";
  return host.hostEngine && !host.ownEngine ? "host" : "private";
}

function workspacesFor(environment: Environment, host: HostFacts): Plan["workspaces"] {
  if (environment.WORKSPACE_ZFS_ROOT !== undefined) return "given";
  if (environment.MEDFORGE_WORKSPACE_DIR !== undefined) return "directory";
  return host.zfs && host.root ? "pool" : "directory";
}

/** What is missing for this plan, one sentence each; empty when it can be carried out. */
export function obstacles(plan: Plan, host: HostFacts): string[] {
  const found: string[] = [];
  if (plan.database === "private" && !host.mariadb) {
    found.push("MariaDB is not installed, and DATABASE_URL names no other one.");
  }
  if (plan.engine === "private" && !host.dockerd) {
    found.push("Docker is not installed, none answers, and DOCKER_HOST names no other one.");
  }
  if (plan.runtime === "docker" && !host.root) {
    found.push(
      "Real sessions need root on this host (firewall, workspaces of other users): use sudo, or `--runtime memory`.",
    );
  }
  return found;
}

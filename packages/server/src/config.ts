import "./arktype-settings.ts";

import { type Domain, portalOrigin } from "@medforge/core/hosts";
import { nearest } from "@medforge/core/nearest";
import { EXPOSURES } from "@medforge/core/session";
import { type } from "arktype";

/** The only file that reads the environment. Read once, at start; a setting we do not know is an error. */

const integer = type("string.integer.parse");

/** IPv4 addresses or ranges, comma-separated. */
const ADDRESSES = /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?(,(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?)*$/;

const Settings = type({
  "MEDFORGE_LISTEN?": /^.+:\d{1,5}$/,
  "MEDFORGE_METRICS_LISTEN?": /^(127\.0\.0\.1|\[::1\]|localhost):\d{1,5}$/,
  "MEDFORGE_RUNTIME?": "'docker' | 'memory'",
  "MEDFORGE_STATE_DIR?": "string > 0",
  "MEDFORGE_WORKSPACE_DIR?": "string > 0",
  "MEDFORGE_GPUS?": /^(nvidia|simulated:\d{1,3})$/,
  "MEDFORGE_GPU_GRANT?": "'nvidia' | 'cdi'",
  "MEDFORGE_GPU_NODES_DIR?": "string > 0",
  "MEDFORGE_SSH_HOST?": /^[a-zA-Z0-9.-]{1,253}$/,
  "MEDFORGE_SSH_BIND?": "string.ip",
  "MEDFORGE_SSH_PORT_FIRST?": integer,
  "MEDFORGE_DOMAIN?": /^[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?$/,
  "MEDFORGE_HTTPS_PORT?": integer,
  "MEDFORGE_PORTAL_ORIGINS?": "string > 0",
  "MEDFORGE_GATE_CACHE_MS?": integer,
  "MEDFORGE_FIREWALL?": "'nftables' | 'off'",
  "MEDFORGE_RESOLVERS?": ADDRESSES,
  "MEDFORGE_CLOSED_RANGES?": ADDRESSES,
  "MEDFORGE_SIGNUP?": "'open' | 'invited' | 'closed'",
  "MEDFORGE_START_DEADLINE_S?": integer,
  "MEDFORGE_STOP_GRACE_S?": integer,
  "MEDFORGE_POLL_S?": integer,
  "MEDFORGE_STARTS_AT_ONCE?": integer,
  "MEDFORGE_SESSION_CPUS?": integer,
  "MEDFORGE_SESSION_MEMORY_MIB?": integer,
  "MEDFORGE_SESSION_SHM_MIB?": integer,
  "MEDFORGE_SESSION_PIDS?": integer,
  "MEDFORGE_WORKSPACE_QUOTA_GIB?": integer,
  "MEDFORGE_DATASETS_DIR?": "string > 0",
  "MEDFORGE_EVALUATION_DIR?": "string > 0",
  "MEDFORGE_HOLDOUTS_DIR?": "string > 0",
  "MEDFORGE_SUBMISSIONS_DIR?": "string > 0",
  "MEDFORGE_UPLOAD_CSV_MIB?": integer,
  "MEDFORGE_UPLOAD_ZIP_MIB?": integer,
  "MEDFORGE_SCORE_DEADLINE_S?": integer,
  "MEDFORGE_SCORE_MEMORY_MIB?": integer,
  DATABASE_URL: "string > 0",
  "DOCKER_HOST?": "string > 0",
  "DOCKER_TLS_VERIFY?": "string",
  "DOCKER_CERT_PATH?": "string",
  "WORKSPACE_ZFS_ROOT?": "string > 0",
});

const KNOWN = Settings.props.map((prop) => String(prop.key));
/** Read by the command line and the tests, not by the server. */
const ELSEWHERE = /^MEDFORGE_(TEST_|ADMIN_EMAIL$|ADMIN_PASSWORD$|HOME$)/;
const MIB = 1024 ** 2;

export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  /** `/metrics` is answered here only, and this is always loopback. */
  readonly metricsListen: { readonly host: string; readonly port: number };
  readonly runtime: "docker" | "memory";
  readonly stateDir: string;
  readonly databaseUrl: string;
  readonly docker: { readonly host: string; readonly certPath: string | null; readonly tlsVerify: boolean };
  readonly workspaces: { readonly zfsRoot: string | null; readonly directory: string };
  readonly gpus: {
    readonly simulated: number | null;
    readonly grant: "nvidia" | "cdi";
    readonly nodesDir: string | null;
  };
  readonly ssh: {
    readonly host: string;
    readonly bind: string;
    readonly portFirst: number;
    readonly portLast: number;
  };
  /** The portal is `external.medforge.<domain>` and `internal.medforge.<domain>`. */
  readonly domain: Domain;
  readonly portalOrigins: readonly string[];
  /** How long the gate believes an answer of the database, if nothing tells it otherwise. 0: asks every time. */
  readonly gateCacheMs: number;
  readonly firewall: "nftables" | "off";
  /** Name servers that external sessions may ask, and no others; empty: they cannot look up names. */
  readonly resolvers: readonly string[];
  /** Public addresses of this site that sessions must not reach all the same. */
  readonly closedRanges: readonly string[];
  /** `invited`: only with an admin's invitation. */
  readonly signup: "open" | "invited" | "closed";
  readonly startMsMax: number;
  readonly stopGraceMs: number;
  readonly pollMs: number;
  /** The engine orders them itself; this only bounds what a full queue asks of it at once. */
  readonly startsAtOnce: number;
  readonly session: {
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly shmBytes: number;
    readonly pidsMax: number;
  };
  readonly workspaceQuotaBytes: number;
  readonly folders: CompetitionFolders;
  readonly upload: { readonly csvBytesMax: number; readonly zipBytesMax: number };
  readonly scoring: { readonly deadlineMs: number; readonly memoryBytesMax: number };
}

/** Never in each other and never linked to each other: the server refuses to start otherwise. */
export interface CompetitionFolders {
  /** Public training data, one folder a dataset; mounted read-only into sessions. */
  readonly datasets: string;
  /** Public evaluation data: inputs, ids, manifest, sample submission. */
  readonly evaluation: string;
  /** Hidden references. Never served, never mounted. */
  readonly holdouts: string;
  /** What people upload. */
  readonly submissions: string;
}

export class ConfigError extends Error {}

/** @throws ConfigError listing every fault, with the nearest valid name for an unknown one */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, string> = {};
  const faults: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (KNOWN.includes(name)) given[name] = value;
    else if (name.startsWith("MEDFORGE_") && !ELSEWHERE.test(name)) {
      faults.push(`${name} is not a setting; did you mean ${nearest(name, KNOWN)}?`);
    }
  }
  const read = Settings(given);
  if (read instanceof type.errors) faults.push(...read.map((fault) => fault.message));
  if (read instanceof type.errors || faults.length > 0) throw new ConfigError(faults.join("\n"));

  const runtime = read.MEDFORGE_RUNTIME ?? "docker";
  const stateDir = read.MEDFORGE_STATE_DIR ?? "/var/lib/medforge";
  const simulated = /^simulated:(\d+)$/.exec(
    read.MEDFORGE_GPUS ?? (runtime === "memory" ? "simulated:2" : "nvidia"),
  )?.[1];
  const portFirst = read.MEDFORGE_SSH_PORT_FIRST ?? 10_000;
  const listen = address(read.MEDFORGE_LISTEN ?? "127.0.0.1:8600");
  const domain = { name: read.MEDFORGE_DOMAIN ?? "localhost", port: read.MEDFORGE_HTTPS_PORT ?? 443 };
  return {
    listen,
    metricsListen: address(read.MEDFORGE_METRICS_LISTEN ?? `127.0.0.1:${listen.port + 1}`),
    runtime,
    stateDir,
    databaseUrl: read.DATABASE_URL,
    docker: {
      host: read.DOCKER_HOST ?? "unix:///var/run/docker.sock",
      certPath: read.DOCKER_CERT_PATH ?? null,
      tlsVerify: (read.DOCKER_TLS_VERIFY ?? "") !== "",
    },
    workspaces: {
      zfsRoot: read.WORKSPACE_ZFS_ROOT ?? null,
      directory: read.MEDFORGE_WORKSPACE_DIR ?? `${stateDir}/workspaces`,
    },
    gpus: {
      simulated: simulated === undefined ? null : Number(simulated),
      grant: read.MEDFORGE_GPU_GRANT ?? "nvidia",
      nodesDir: read.MEDFORGE_GPU_NODES_DIR ?? null,
    },
    ssh: {
      host: read.MEDFORGE_SSH_HOST ?? "localhost",
      bind: read.MEDFORGE_SSH_BIND ?? "0.0.0.0",
      portFirst,
      portLast: portFirst + 999,
    },
    domain,
    portalOrigins:
      read.MEDFORGE_PORTAL_ORIGINS?.split(",") ??
      (read.MEDFORGE_DOMAIN === undefined
        ? [`http://localhost:${listen.port}`, `http://127.0.0.1:${listen.port}`]
        : EXPOSURES.map((exposure) => portalOrigin(domain, exposure))),
    // Another process may have changed something: with the time that a look takes, never older than 2 s.
    gateCacheMs: Math.min(read.MEDFORGE_GATE_CACHE_MS ?? 1500, 1500),
    firewall: read.MEDFORGE_FIREWALL ?? (runtime === "memory" ? "off" : "nftables"),
    resolvers: list(read.MEDFORGE_RESOLVERS),
    closedRanges: list(read.MEDFORGE_CLOSED_RANGES),
    signup: read.MEDFORGE_SIGNUP ?? "open",
    startMsMax: (read.MEDFORGE_START_DEADLINE_S ?? 60) * 1000,
    stopGraceMs: (read.MEDFORGE_STOP_GRACE_S ?? 10) * 1000,
    pollMs: (read.MEDFORGE_POLL_S ?? 5) * 1000,
    startsAtOnce: read.MEDFORGE_STARTS_AT_ONCE ?? 16,
    session: {
      cpus: read.MEDFORGE_SESSION_CPUS ?? 2,
      memoryBytes: (read.MEDFORGE_SESSION_MEMORY_MIB ?? 8192) * MIB,
      shmBytes: (read.MEDFORGE_SESSION_SHM_MIB ?? 1024) * MIB,
      pidsMax: read.MEDFORGE_SESSION_PIDS ?? 2048,
    },
    workspaceQuotaBytes: (read.MEDFORGE_WORKSPACE_QUOTA_GIB ?? 10) * 1024 * MIB,
    folders: {
      datasets: read.MEDFORGE_DATASETS_DIR ?? `${stateDir}/datasets`,
      evaluation: read.MEDFORGE_EVALUATION_DIR ?? `${stateDir}/evaluation`,
      holdouts: read.MEDFORGE_HOLDOUTS_DIR ?? `${stateDir}/holdouts`,
      submissions: read.MEDFORGE_SUBMISSIONS_DIR ?? `${stateDir}/submissions`,
    },
    upload: {
      csvBytesMax: (read.MEDFORGE_UPLOAD_CSV_MIB ?? 64) * MIB,
      zipBytesMax: (read.MEDFORGE_UPLOAD_ZIP_MIB ?? 4096) * MIB,
    },
    scoring: {
      deadlineMs: (read.MEDFORGE_SCORE_DEADLINE_S ?? 600) * 1000,
      memoryBytesMax: (read.MEDFORGE_SCORE_MEMORY_MIB ?? 4096) * MIB,
    },
  };
}

function list(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(",");
}

function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

import { existsSync, readFileSync } from "node:fs";

import { command } from "@medforge/runtime/command";

import { engineAnswers, HOST_ENGINE, hasOwnEngine } from "../host/engine.ts";
import type { Places } from "../host/places.ts";
import { zfsInstalled } from "../host/pool.ts";
import { findProgram } from "../host/programs.ts";
import { hostResolvers } from "../host/resolvers.ts";
import type { HostFacts, Plan } from "./plan.ts";

export async function hostFacts(at: Places): Promise<HostFacts> {
  return {
    root: process.getuid?.() === 0,
    mariadb: findProgram("mariadbd") !== undefined,
    dockerd: findProgram("dockerd") !== undefined,
    hostEngine: await engineAnswers(HOST_ENGINE),
    ownEngine: hasOwnEngine(at),
    zfs: zfsInstalled(),
    caddy: findProgram("caddy") !== undefined,
    nvidia: await nvidiaAnswers(),
    resolvers: hostResolvers(),
  };
}

async function nvidiaAnswers(): Promise<boolean> {
  const program = findProgram("nvidia-smi");
  if (program === undefined) return false;
  const listed = await command([program, "-L"], { deadlineMs: 30_000 });
  return listed.exitCode === 0 && /^GPU \d+:/m.test(listed.stdout);
}

/** What was found, and how it will be used: one row each. */
export async function hostTable(plan: Plan, host: HostFacts): Promise<string[][]> {
  const rows = [
    ["WHAT", "FOUND", "USED"],
    ["MariaDB", await version("mariadbd"), databaseUse(plan)],
  ];
  if (plan.runtime === "memory") {
    rows.push(["sessions", "", "pretended: --runtime memory, nothing really runs"]);
  } else {
    rows.push(["Docker", await version("dockerd"), engineUse(plan)]);
    rows.push(["ZFS", zfsVersion(host), workspacesUse(plan)]);
    rows.push(["nftables", await version("nft"), "the sessions' firewall"]);
    rows.push(["name servers", plan.resolvers || "none", resolversUse(plan)]);
    rows.push(["mmdebstrap", await version("mmdebstrap"), "builds the default pack"]);
  }
  rows.push(["Caddy", host.caddy ? await version("caddy", "version") : "not installed", gateUse(plan)]);
  const nvidia = host.nvidia ? await version("nvidia-smi") : "none";
  rows.push(["NVIDIA driver", nvidia, gpuUse(plan)]);
  return rows;
}

function databaseUse(plan: Plan): string {
  return plan.database === "given" ? "no: DATABASE_URL" : "private, below .medforge/mariadb";
}

function engineUse(plan: Plan): string {
  if (plan.engine === "given") return "no: DOCKER_HOST";
  return plan.engine === "host" ? "the host's own" : "private, below .medforge/docker";
}

function workspacesUse(plan: Plan): string {
  if (plan.workspaces === "given") return "WORKSPACE_ZFS_ROOT";
  return plan.workspaces === "pool"
    ? "a pool in a file, below .medforge/zfs"
    : "no: plain directories, without quota";
}

function resolversUse({ resolvers }: Plan): string {
  return resolvers === ""
    ? "external sessions cannot look up names: set MEDFORGE_RESOLVERS"
    : "external sessions may ask them";
}

function gateUse(plan: Plan): string {
  if (plan.gate === "given") return "no: MEDFORGE_DOMAIN has one of its own";
  return plan.gate === "private"
    ? "the portal over https, below .medforge/caddy"
    : "no portal over https, the API alone";
}

function gpuUse(plan: Plan): string {
  return plan.gpus === "nvidia" ? "real GPUs" : `${plan.gpus.replace("simulated:", "")} simulated GPUs`;
}

function zfsVersion(host: HostFacts): string {
  if (!host.zfs) return "not installed";
  if (existsSync("/sys/module/zfs/version")) {
    return `OpenZFS ${readFileSync("/sys/module/zfs/version", "utf8").trim()}`;
  }
  return existsSync("/dev/zfs") ? "OpenZFS" : "zfs-fuse";
}

/** The first thing that looks like a version in what the program says about itself. */
async function version(name: string, word = "--version"): Promise<string> {
  const program = findProgram(name);
  if (program === undefined) return "not installed";
  const said = await command([program, word]);
  return `${said.stdout} ${said.stderr}`.match(/\d+\.\d+(\.\d+)*/)?.[0] ?? "installed";
}

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

import { findProgram } from "./programs.ts";

/** A thing the host should have: any one of these programs shows that it is there. */
export interface Need {
  readonly what: string;
  readonly programs: readonly string[];
  readonly packages: readonly string[];
}

/** What this machine is, as far as installing goes. */
export interface AptFacts {
  readonly root: boolean;
  /** `ID` and `ID_LIKE` of /etc/os-release. */
  readonly family: readonly string[];
  /** The kernel has ZFS, or a module of it to load. */
  readonly kernelZfs: boolean;
  /** Packages that the archives know, of those that not every release has. */
  readonly available: ReadonlySet<string>;
}

export const DATABASE: Need = { what: "MariaDB", programs: ["mariadbd"], packages: ["mariadb-server"] };
const GROUPS = {
  engine: [
    // Newer releases keep the command-line client in a package of its own.
    { what: "Docker", programs: ["dockerd"], packages: ["docker.io", "docker-cli"] },
    { what: "Docker's client", programs: ["docker"], packages: ["docker-cli", "docker.io"] },
    { what: "nftables", programs: ["nft"], packages: ["nftables"] },
    { what: "iproute2", programs: ["ip"], packages: ["iproute2"] },
    { what: "mmdebstrap", programs: ["mmdebstrap"], packages: ["mmdebstrap"] },
    { what: "OpenSSH's client", programs: ["ssh-keygen"], packages: ["openssh-client"] },
    { what: "Caddy", programs: ["caddy"], packages: ["caddy"] },
  ],
  test: [
    { what: "shellcheck", programs: ["shellcheck"], packages: ["shellcheck"] },
    { what: "rsync", programs: ["rsync"], packages: ["rsync"] },
    { what: "Chromium", programs: ["chromium"], packages: ["chromium"] },
    { what: "Python", programs: ["python3"], packages: ["python3"] },
    { what: "Node.js", programs: ["node"], packages: ["nodejs"] },
    { what: "npm", programs: ["npm"], packages: ["npm"] },
    { what: "unshare", programs: ["unshare"], packages: ["util-linux"] },
  ],
} satisfies Record<string, readonly Need[]>;

/** If apt does not know this one, it has no lists at all. */
const IN_EVERY_RELEASE = "mariadb-server";
/** Packages that some supported release does not have. */
const NOT_EVERYWHERE = ["chromium", "docker-cli", "zfs-fuse", "zfsutils-linux"];

/** What a MedForge of this kind needs from the host. */
export function needs(kind: "memory" | "docker" | "test", facts: AptFacts): Need[] {
  if (kind === "memory") return [DATABASE];
  const zfs: Need = facts.kernelZfs
    ? { what: "ZFS", programs: ["zpool"], packages: ["zfsutils-linux"] }
    : { what: "ZFS", programs: ["zpool"], packages: ["zfs-fuse"] };
  return [DATABASE, ...GROUPS.engine, zfs, ...(kind === "test" ? GROUPS.test : [])];
}

/** The packages to install for what is missing; a need that no archive can fill adds nothing. */
export function packagesFor(missing: readonly Need[], facts: AptFacts): string[] {
  const known = (name: string) => !NOT_EVERYWHERE.includes(name) || facts.available.has(name);
  return [...new Set(missing.flatMap((need) => need.packages.filter(known)))].sort();
}

export function aptCommand(packages: readonly string[]): readonly string[] {
  return ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
}

/** Why we may not run apt-get here; undefined when we may. */
export function refusal(facts: AptFacts): string | undefined {
  if (!facts.family.includes("debian") && !facts.family.includes("ubuntu")) {
    return "only Debian and Ubuntu are known here: install these programs with your system's own packages";
  }
  return facts.root ? undefined : "installing needs root";
}

export function missing(wanted: readonly Need[]): Need[] {
  return wanted.filter((need) => !need.programs.some((program) => findProgram(program) !== undefined));
}

/** @param mayUpdate fetches apt's lists first where there are none, as on a fresh image */
export async function aptFacts(mayUpdate = false): Promise<AptFacts> {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const family = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((m) =>
    (m[1] ?? "").split(" "),
  );
  const root = process.getuid?.() === 0;
  let available = await availablePackages();
  if (mayUpdate && root && !available.has(IN_EVERY_RELEASE)) {
    await apt(["apt-get", "update"]);
    available = await availablePackages();
  }
  return { root, family, kernelZfs: kernelHasZfs(), available };
}

/** Of those that we ask about; none when apt has no lists. */
async function availablePackages(): Promise<Set<string>> {
  if (!findProgram("apt-cache")) return new Set();
  const { stdout } = await command(["apt-cache", "policy", IN_EVERY_RELEASE, ...NOT_EVERYWHERE]);
  return candidates(stdout);
}

/** The packages that `apt-cache policy` could install. */
export function candidates(policy: string): Set<string> {
  const available = new Set<string>();
  for (const [, name, candidate] of policy.matchAll(/^(\S+):\n.*\n\s+Candidate: (\S+)/gm)) {
    if (name && candidate !== "(none)") available.add(name);
  }
  return available;
}

function kernelHasZfs(): boolean {
  if (existsSync("/dev/zfs") || existsSync("/sys/module/zfs")) return true;
  const modules = `/lib/modules/${readFileSync("/proc/sys/kernel/osrelease", "utf8").trim()}`;
  if (!existsSync(modules)) return false;
  return readdirSync(modules, { recursive: true }).some((file) => /\/zfs\.ko(\.\w+)?$/.test(String(file)));
}

/**
 * Afterwards the packages are installed, and nothing of them was started: what MedForge needs it starts itself.
 * @throws MachineError `broken` with apt's words
 */
export async function install(packages: readonly string[]): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  // Debian's packages start their services right away, unless this file says no (exit code 101).
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    // The first may fail only because the lists are old or missing.
    const first = await apt(aptCommand(packages));
    if (first.exitCode === 0) return;
    await apt(["apt-get", "update"]);
    const second = await apt(aptCommand(packages));
    if (second.exitCode !== 0) {
      const said = second.stderr.trim().split("\n").slice(-5).join("\n");
      throw new MachineError(
        "broken",
        `apt-get failed: ${said}`,
        `Run \`${aptCommand(packages).join(" ")}\` by hand.`,
      );
    }
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

async function apt(argv: readonly string[]) {
  return command(argv, { deadlineMs: 15 * 60_000, env: { DEBIAN_FRONTEND: "noninteractive" } });
}

import { expect, test } from "bun:test";

import { databaseFinding } from "@medforge/server/doctor/database";
import { engineFinding, networksFinding } from "@medforge/server/doctor/engine";
import type { Finding } from "@medforge/server/doctor/finding";
import { firewallFinding, resolversFinding } from "@medforge/server/doctor/firewall";
import { gpuFindings } from "@medforge/server/doctor/gpus";
import { packFindings } from "@medforge/server/doctor/pack";
import { listeningPorts, portsFinding } from "@medforge/server/doctor/ports";
import { scoringFindings } from "@medforge/server/doctor/scoring";
import { storageFinding } from "@medforge/server/doctor/storage";

import { report } from "../commands/doctor.ts";
import { type GateFacts, gateFindings } from "./gate.ts";
import { clockFinding, diskFinding } from "./host.ts";
import { serverFinding } from "./server.ts";

const GIB = 1024 ** 3;
const silent = { problem: "nobody answers", remedy: undefined };
const store = {
  kind: "zfs",
  version: "OpenZFS 2.2.2",
  healthy: true,
  problem: "",
  freeBytes: 50 * GIB,
  totalBytes: 100 * GIB,
  enforcesQuota: true,
};
const device = { uuid: "GPU-1", name: "A100", memoryMib: 40_960, kind: "nvidia" as const };
const registered = { ...device, orphanSlug: null };
const gpus = (facts: object) =>
  gpuFindings({ value: { kind: "nvidia", seen: [device], registered: [registered], ...facts } });

const DAY_MS = 86_400_000;
const gate = (facts: Partial<GateFacts>) =>
  gateFindings(
    "https://external.medforge.localhost:8602",
    {
      value: {
        version: "2.11.4",
        certificate: { fromMs: 0, toMs: 8 * DAY_MS },
        status: 200,
        adminOnTcp: false,
        ...facts,
      },
    },
    5 * DAY_MS,
  );

const scoring = (facts: object = {}) =>
  scoringFindings({
    value: {
      queued: 2,
      oldestMs: 1_000,
      workerSeenAgoMs: 1_000,
      waitingForOthers: 0,
      failedToday: 0,
      changedHoldouts: [],
      ...facts,
    },
  });

test("each trouble has its own code, and what is well has number 0", () => {
  const table: [string, string, Finding | undefined][] = [
    ["MF-DB-0", "ok", databaseFinding({ value: { version: "10.11.19-MariaDB", pendingMigrations: 0 } })],
    [
      "MF-DB-0",
      "ok",
      databaseFinding({ value: { version: "11.4.2-MariaDB-ubu2404", pendingMigrations: 0 } }),
    ],
    ["MF-DB-1", "bad", databaseFinding(silent)],
    ["MF-DB-2", "bad", databaseFinding({ value: { version: "10.11.19-MariaDB", pendingMigrations: 3 } })],
    ["MF-DB-3", "bad", databaseFinding({ value: { version: "10.6.1-MariaDB", pendingMigrations: 0 } })],
    ["MF-DB-3", "bad", databaseFinding({ value: { version: "8.4.0", pendingMigrations: 0 } })],
    [
      "MF-DOCKER-0",
      "ok",
      engineFinding({ value: { kind: "docker", version: "20.10.24", apiVersion: "1.41" } }),
    ],
    [
      "MF-DOCKER-0",
      "ok",
      engineFinding({ value: { kind: "docker", version: "29.0.0", apiVersion: "1.52" } }),
    ],
    ["MF-DOCKER-1", "bad", engineFinding(silent)],
    ["MF-DOCKER-2", "bad", engineFinding({ value: { kind: "docker", version: "1.9", apiVersion: "1.9" } })],
    ["MF-SCORE-0", "ok", scoring()[0]],
    ["MF-SCORE-1", "bad", scoringFindings(silent)[0]],
    ["MF-SCORE-2", "bad", scoring({ workerSeenAgoMs: null })[0]],
    ["MF-SCORE-2", "bad", scoring({ workerSeenAgoMs: 31_000 })[0]],
    ["MF-SCORE-3", "warn", scoring({ oldestMs: 16 * 60_000 })[0]],
    ["MF-SCORE-4", "bad", scoring({ changedHoldouts: ["titanic-survival"] })[0]],
    ["MF-SCORE-5", "warn", scoring({ waitingForOthers: 3 })[0]],
    ["MF-SCORE-6", "warn", scoring({ failedToday: 1 })[0]],
    ["MF-NET-0", "ok", networksFinding({ value: [] })],
    ["MF-NET-1", "bad", networksFinding(silent)],
    ["MF-NET-2", "warn", networksFinding({ value: ["abcdefgh"] })],
    ["MF-FW-0", "ok", firewallFinding("nftables", { value: { ok: true } })],
    [
      "MF-FW-1",
      "bad",
      firewallFinding("nftables", { value: { ok: false, is: "missing", why: "the table is missing" } }),
    ],
    ["MF-FW-1", "bad", firewallFinding("nftables", silent)],
    ["MF-DNS-0", "ok", resolversFinding(["10.0.0.53"])],
    ["MF-DNS-1", "warn", resolversFinding([])],
    ["MF-PACK-1", "bad", packFindings(silent)[0]],
    ["MF-PACK-2", "bad", packFindings({ value: [] })[0]],
    [
      "MF-PACK-0",
      "ok",
      packFindings({ value: [{ name: "a", image: "sha256:1", imageIsThere: { value: undefined } }] })[0],
    ],
    [
      "MF-PACK-3",
      "bad",
      packFindings({ value: [{ name: "a", image: "sha256:1", imageIsThere: silent }] })[0],
    ],
    ["MF-ZFS-0", "ok", storageFinding({ value: store })],
    ["MF-ZFS-1", "bad", storageFinding(silent)],
    ["MF-ZFS-2", "bad", storageFinding({ value: { ...store, healthy: false, problem: "DEGRADED" } })],
    ["MF-ZFS-3", "bad", storageFinding({ value: { ...store, freeBytes: 9 * GIB } })],
    ["MF-ZFS-4", "warn", storageFinding({ value: { ...store, enforcesQuota: false } })],
    ["MF-GPU-0", "ok", gpus({})[0]],
    ["MF-GPU-1", "bad", gpuFindings(silent)[0]],
    ["MF-GPU-2", "bad", gpus({ seen: [] })[0]],
    ["MF-GPU-3", "bad", gpus({ seen: [{ ...device, name: "H100" }] })[0]],
    ["MF-GPU-4", "warn", gpus({ registered: [] })[0]],
    ["MF-GPU-5", "warn", gpus({ registered: [{ ...registered, orphanSlug: "abcdefgh" }] })[0]],
    ["MF-GPU-6", "bad", gpus({ seen: [], registered: [] })[0]],
    ["MF-PORT-0", "ok", portsFinding("10000–10999", { value: [] })],
    ["MF-PORT-1", "bad", portsFinding("10000–10999", { value: [10_022] })],
    ["MF-PORT-2", "warn", portsFinding("10000–10999", silent)],
    ["MF-TIME-0", "ok", clockFinding(Date.UTC(2027, 0, 1), true)],
    ["MF-TIME-0", "ok", clockFinding(Date.UTC(2027, 0, 1), undefined)],
    ["MF-TIME-1", "bad", clockFinding(0, true)],
    ["MF-TIME-2", "warn", clockFinding(Date.UTC(2027, 0, 1), false)],
    ["MF-DISK-0", "ok", diskFinding("/x", 6 * GIB)],
    ["MF-DISK-1", "warn", diskFinding("/x", 4 * GIB)],
    ["MF-DISK-1", "bad", diskFinding("/x", GIB / 2)],
    ["MF-GATE-0", "ok", gate({})[0]],
    ["MF-GATE-0", "ok", gate({ version: "2.6.2" })[0]],
    ["MF-GATE-0", "ok", gate({ version: "" })[0]],
    ["MF-GATE-1", "bad", gateFindings("https://x", silent, 0)[0]],
    ["MF-GATE-2", "bad", gate({ status: 502 })[0]],
    ["MF-GATE-3", "bad", gate({ adminOnTcp: true })[0]],
    ["MF-GATE-4", "bad", gate({ version: "2.10.0" })[0]],
    ["MF-GATE-4", "bad", gate({ version: "2.11.1" })[0]],
    ["MF-GATE-5", "warn", gateFindings(undefined, silent, 0)[0]],
    ["MF-GATE-6", "warn", gate({ certificate: { fromMs: -10 * DAY_MS, toMs: 8 * DAY_MS } })[0]],
    ["MF-GATE-6", "bad", gate({ certificate: { fromMs: 0, toMs: 5 * DAY_MS } })[0]],
    ["MF-API-0", "ok", serverFinding("http://x", { value: { ready: true, checks: [] } })],
    ["MF-API-1", "bad", serverFinding("http://x", silent)],
    [
      "MF-API-2",
      "bad",
      serverFinding("http://x", {
        value: { ready: false, checks: [{ name: "engine", ok: false, problem: "x" }] },
      }),
    ],
  ];
  for (const [code, level, finding] of table) expect([finding?.code, finding?.level]).toEqual([code, level]);
  for (const [, level, finding] of table)
    expect([finding?.code, finding?.remedy === ""]).toEqual([finding?.code, level === "ok"]);
});

test("the ports that someone listens on are read from the kernel's table", () => {
  const kernel = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:2710 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1",
    "   1: 0100007F:2711 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1",
    "",
  ].join("\n");
  expect(listeningPorts(kernel)).toEqual([10_000]);
});

test("the report says of each trouble what to do, and of what is well nothing", () => {
  const text = report([diskFinding("/x", GIB / 2), diskFinding("/y", 6 * GIB)]);
  expect(text.split("\n")).toEqual([
    "     WHAT  VERSION  STATE",
    "BAD  disk  /x       0.5 GiB free",
    "ok   disk  /y       6.0 GiB free",
    "",
    "MF-DISK-1  disk: 0.5 GiB free",
    "  Free some space: images, logs, old snapshots.",
  ]);
});

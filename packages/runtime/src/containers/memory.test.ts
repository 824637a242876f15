import { describe, expect, test } from "bun:test";

import { containerName, type Slug, slugFrom } from "@medforge/core/ids";

import { containersContract } from "./contract.ts";
import { memoryContainers } from "./memory.ts";
import { MemoryEngine, type MemoryStep } from "./memory-engine.ts";
import type { SessionContainer } from "./port.ts";

const IMAGE = `sha256:${"1".repeat(64)}`;
let made = 0;

function wish(overrides: Partial<SessionContainer> = {}): SessionContainer {
  made++;
  const slug = slugFrom(new Uint8Array([0, 0, 0, made >> 8, made & 255]));
  return {
    slug,
    sessionId: `00000000-0000-7000-8000-${String(made).padStart(12, "0")}`,
    userId: "00000000-0000-7000-8000-0000000000ff",
    exposure: "EXTERNAL",
    image: IMAGE,
    sshPort: 10_000 + made,
    workspacePath: `/workspaces/${made}`,
    keysPath: `/keys/${slug}`,
    datasets: [],
    workspaceId: "workspace-1",
    gpuUuid: `SIM-${made}`,
    gpu: { by: "nothing" },
    limits: { cpus: 1, memoryBytes: 2 ** 30, pidsMax: 100, shmBytes: 2 ** 26 },
    ...overrides,
  };
}

containersContract("memory", async () => {
  const engine = new MemoryEngine({ now: Date.now, images: [IMAGE] });
  return {
    containers: memoryContainers(engine),
    wish: async (overrides) => wish(overrides),
    missingImage: `sha256:${"2".repeat(64)}`,
    identity: async (slug) => engine.containers.get(slug)?.id,
    leftover: async (left) => {
      engine.networks.set(left.slug, left.sshPort);
      engine.create(left);
    },
    network: async (left) => {
      engine.networks.set(left.slug, left.sshPort);
    },
    networkExists: async (slug) => engine.networks.has(slug),
    die: async (slug) => {
      engine.kill(slug, 143);
      return 143;
    },
    dieOutOfMemory: async (slug) => engine.kill(slug, 137, { outOfMemory: true }),
    destroy: async (slug) => engine.remove(slug),
    addForeign: async (slug) => engine.addForeign(slug),
    foreignExists: async (slug) => engine.foreign.has(containerName(slug)),
    removeForeign: async (slug) => {
      engine.foreign.delete(containerName(slug));
    },
    takePort: async (port) => {
      engine.usedPorts.add(port);
      return async () => {
        engine.usedPorts.delete(port);
      };
    },
    connect: async ({ slug }) => {
      engine.connections.add(slug);
      return async () => engine.connections.has(slug);
    },
    listen: async (slug, address, port) => {
      const before = engine.openPorts.get(slug) ?? [];
      engine.openPorts.set(slug, [...before, { port, reachable: address === "0.0.0.0" }]);
    },
    shells: async (slug) => [...engine.terminals.values()].filter((where) => where === slug).length,
    close: async () => {
      expect(engine.violations).toEqual([]);
      expect(engine.listening).toBe(0);
    },
  };
});

describe("the memory engine", () => {
  const newEngine = () => new MemoryEngine({ now: () => 5_000, images: [IMAGE] });

  test("outlives an adapter that a crash cut in two, and the next adapter finishes the work", async () => {
    const steps: MemoryStep[] = ["network-made", "container-made"];
    for (const step of steps) {
      const engine = newEngine();
      engine.interrupt = (at) => {
        if (at === step) throw new Error("crash");
      };
      const asked = wish();
      await expect(memoryContainers(engine).start(asked)).rejects.toThrow("crash");
      expect(engine.networks.has(asked.slug)).toBe(true);
      engine.interrupt = undefined;
      const later = memoryContainers(engine);
      expect(await later.strayNetworks()).toEqual(step === "network-made" ? [asked.slug] : []);
      await later.start(asked);
      expect((await later.look(asked.slug))?.state).toMatchObject({ is: "running", startedAtMs: 5_000 });
    }
  });

  test("a stop that a crash cut in two is finished by the next one", async () => {
    const steps: MemoryStep[] = ["container-ended", "container-removed"];
    for (const step of steps) {
      const engine = newEngine();
      const asked = wish();
      await memoryContainers(engine).start(asked);
      engine.interrupt = (at) => {
        if (at === step) throw new Error("crash");
      };
      await expect(memoryContainers(engine).stop(asked.slug, 0)).rejects.toThrow("crash");
      engine.interrupt = undefined;
      await memoryContainers(engine).stop(asked.slug, 0);
      expect([engine.containers.size, engine.networks.size]).toEqual([0, 0]);
    }
  });

  test("two live containers on one GPU or in one workspace are recorded as violations", async () => {
    const engine = newEngine();
    const containers = memoryContainers(engine);
    const first = wish();
    await containers.start(first);
    await containers.start(wish({ gpuUuid: first.gpuUuid }));
    await containers.start(wish({ workspacePath: first.workspacePath }));
    expect(engine.violations).toHaveLength(2);
    expect(engine.violations[0]).toContain(first.gpuUuid);
    expect(engine.violations[1]).toContain(first.workspacePath);
  });

  test("a workspace store is told who mounts what, until the container ends, however it ends", async () => {
    const mounted = new Map<string, Slug>();
    const engine = new MemoryEngine({
      now: () => 0,
      images: [IMAGE],
      onMount: (path, slug) => mounted.set(path, slug),
      onUnmount: (path) => mounted.delete(path),
    });
    const containers = memoryContainers(engine);
    const ends: ((slug: Slug) => unknown)[] = [
      (slug) => containers.stop(slug, 0),
      (slug) => engine.kill(slug, 1),
      (slug) => engine.remove(slug),
    ];
    for (const end of ends) {
      const asked = wish();
      await containers.start(asked);
      expect(mounted.get(asked.workspacePath)).toBe(asked.slug);
      await end(asked.slug);
      expect(mounted.size).toBe(0);
    }
  });

  test("a silent sshd shows no banner, and a restarted engine ends the event streams", async () => {
    const engine = newEngine();
    const containers = memoryContainers(engine);
    const asked = wish();
    engine.silent.add(asked.slug);
    await containers.start(asked);
    expect(await containers.bannerSeen(asked.sshPort, 1_000)).toBe(false);
    const over = containers.watch(() => undefined, new AbortController().signal);
    engine.dropListeners();
    await over;
  });
});

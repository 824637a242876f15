import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import type { Slug } from "@medforge/core/ids";

import type { MachineFault } from "../errors.ts";
import type { ContainerState, Containers, SessionContainer } from "./port.ts";

/** An adapter under test, with what the tests must do to the machine behind its back. */
export interface ContainersSubject {
  readonly containers: Containers;
  /** A container that the machine can run; a new slug, session, port and GPU every time. */
  wish(overrides?: Partial<SessionContainer>): Promise<SessionContainer>;
  readonly missingImage: string;
  /** Names the container that a slug has now: a replaced one has another identity. */
  identity(slug: Slug): Promise<string | undefined>;
  /** Makes the container without starting it: what a crash between the two leaves behind. */
  leftover(wish: SessionContainer): Promise<void>;
  /** Makes only the network. */
  network(wish: SessionContainer): Promise<void>;
  networkExists(slug: Slug): Promise<boolean>;
  /** The container's main process gets this signal; returns the exit code to be seen. */
  die(slug: Slug): Promise<number>;
  /** The kernel ends the container's main process because memory ran out. */
  dieOutOfMemory(slug: Slug): Promise<void>;
  /** The container is removed behind our back. */
  destroy(slug: Slug): Promise<void>;
  /** A container without our label that has the name of this session's. */
  addForeign(slug: Slug): Promise<void>;
  foreignExists(slug: Slug): Promise<boolean>;
  removeForeign(slug: Slug): Promise<void>;
  /** Another program takes the host port. */
  takePort(port: number): Promise<() => Promise<void>>;
  /** Somebody logs in over SSH and stays. @returns whether the connection is still open, asked again and again */
  connect(wish: SessionContainer): Promise<() => Promise<boolean>>;
  /** A program in it begins to listen; it does when this resolves. */
  listen(slug: Slug, address: "0.0.0.0" | "127.0.0.1", port: number): Promise<void>;
  /** How many shells of terminals run in it. */
  shells(slug: Slug): Promise<number>;
  close(): Promise<void>;
}

const BANNER_MS = 10_000;
const GRACE_MS = 2_000;
/** Real engines need a moment until a death is known. */
const SEEN_MS = 10_000;
const TEST_MS = 60_000;

/** What every runner of session containers promises. */
export function containersContract(name: string, make: () => Promise<ContainersSubject>): void {
  // A real engine on a busy machine; hooks, too.
  setDefaultTimeout(TEST_MS);
  describe(`containers: ${name}`, () => {
    let subject: ContainersSubject;
    const started: Slug[] = [];

    beforeAll(async () => {
      subject = await make();
    });
    afterEach(async () => {
      for (const slug of started.splice(0)) await subject.containers.stop(slug, 0);
    });
    afterAll(async () => {
      await subject.close();
    });

    async function wished(overrides: Partial<SessionContainer> = {}): Promise<SessionContainer> {
      const wish = await subject.wish(overrides);
      started.push(wish.slug);
      return wish;
    }

    async function begun(overrides: Partial<SessionContainer> = {}): Promise<SessionContainer> {
      const wish = await wished(overrides);
      await subject.containers.start(wish);
      return wish;
    }

    const faultOf = (work: Promise<unknown>): Promise<MachineFault | "none"> =>
      work.then(
        () => "none",
        (error) => error.fault,
      );

    async function ended(slug: Slug): Promise<Extract<ContainerState, { is: "exited" }>> {
      const until = Date.now() + SEEN_MS;
      while (Date.now() < until) {
        const state = (await subject.containers.look(slug))?.state;
        if (state?.is === "exited") return state;
        await Bun.sleep(20);
      }
      throw new Error(`${slug} was not seen to end`);
    }

    test("the engine says what it is", async () => {
      const facts = await subject.containers.check();
      expect(facts.kind).not.toBe("");
      expect(facts.apiVersion).not.toBe("");
    });

    test("a network made ahead is used by the start, made twice is one, and goes with the stop", async () => {
      const wish = await wished();
      await subject.containers.prepareNetwork(wish);
      await subject.containers.prepareNetwork(wish);
      expect(await subject.containers.strayNetworks()).toContain(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
      expect(await subject.containers.strayNetworks()).not.toContain(wish.slug);
      await subject.containers.stop(wish.slug, 1_000);
      expect(await subject.containers.strayNetworks()).not.toContain(wish.slug);
    });

    test("a network made ahead that nobody starts on is removed", async () => {
      const wish = await wished();
      await subject.containers.prepareNetwork(wish);
      await subject.containers.removeNetwork(wish.slug);
      expect(await subject.containers.strayNetworks()).not.toContain(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    });

    test("a started session is seen with all its facts, and its banner comes", async () => {
      const before = Date.now();
      const wish = await begun();
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
      const seen = await subject.containers.look(wish.slug);
      expect(seen).toMatchObject({
        slug: wish.slug,
        sessionId: wish.sessionId,
        userId: wish.userId,
        gpuUuid: wish.gpuUuid,
        workspaceId: wish.workspaceId,
        sshPort: wish.sshPort,
        state: { is: "running", address: expect.stringMatching(/^172\.30\./) },
      });
      if (seen?.state.is !== "running") throw new Error("not running");
      expect(Math.abs(seen.state.startedAtMs - before)).toBeLessThan(30_000);
      const listed = (await subject.containers.list()).find((one) => one.slug === wish.slug);
      expect(listed).toEqual(seen);
      expect(await subject.networkExists(wish.slug)).toBe(true);
      expect(await subject.containers.strayNetworks()).not.toContain(wish.slug);
    });

    test("an internal session starts and answers too", async () => {
      const wish = await begun({ exposure: "INTERNAL" });
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    });

    test("no banner comes from a port that nobody listens on", async () => {
      const wish = await wished();
      expect(await subject.containers.bannerSeen(wish.sshPort, 150)).toBe(false);
    });

    test("starting twice changes nothing", async () => {
      const wish = await begun();
      const first = await subject.containers.look(wish.slug);
      const identity = await subject.identity(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.containers.look(wish.slug)).toEqual(first);
      expect(await subject.identity(wish.slug)).toBe(identity);
    });

    test("stopping removes container and network, and stopping again is fine", async () => {
      const wish = await begun();
      await subject.containers.stop(wish.slug, GRACE_MS);
      expect(await subject.containers.look(wish.slug)).toBeUndefined();
      expect(await subject.networkExists(wish.slug)).toBe(false);
      expect((await subject.containers.list()).map((one) => one.slug)).not.toContain(wish.slug);
      await subject.containers.stop(wish.slug, GRACE_MS);
    });

    test("two stops at the same time both end well", async () => {
      const wish = await begun();
      await Promise.all([
        subject.containers.stop(wish.slug, GRACE_MS),
        subject.containers.stop(wish.slug, GRACE_MS),
      ]);
      expect(await subject.containers.look(wish.slug)).toBeUndefined();
      expect(await subject.networkExists(wish.slug)).toBe(false);
    });

    test("a container that was made and never started is seen as such, and can be stopped", async () => {
      const wish = await wished();
      await subject.leftover(wish);
      expect((await subject.containers.look(wish.slug))?.state).toEqual({ is: "created" });
      await subject.containers.stop(wish.slug, GRACE_MS);
      expect(await subject.containers.look(wish.slug)).toBeUndefined();
    });

    test("a leftover of the same session is adopted", async () => {
      const wish = await wished();
      await subject.leftover(wish);
      const identity = await subject.identity(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.identity(wish.slug)).toBe(identity);
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    });

    test("a leftover of another session is replaced", async () => {
      const wish = await wished();
      await subject.leftover({ ...wish, sessionId: `${wish.sessionId.slice(0, -4)}beef` });
      const identity = await subject.identity(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.identity(wish.slug)).not.toBe(identity);
      expect((await subject.containers.look(wish.slug))?.sessionId).toBe(wish.sessionId);
    });

    test("a leftover of the same session with another GPU does not fit and is replaced", async () => {
      const wish = await wished();
      await subject.leftover({ ...wish, gpuUuid: `${wish.gpuUuid}-other` });
      await subject.containers.start(wish);
      expect((await subject.containers.look(wish.slug))?.gpuUuid).toBe(wish.gpuUuid);
    });

    test("a container that has ended is replaced by a start", async () => {
      const wish = await begun();
      await subject.die(wish.slug);
      await ended(wish.slug);
      const identity = await subject.identity(wish.slug);
      await subject.containers.start(wish);
      expect(await subject.identity(wish.slug)).not.toBe(identity);
      expect((await subject.containers.look(wish.slug))?.state.is).toBe("running");
    });

    test("an unused network of an earlier session on the same port gives way", async () => {
      const earlier = await wished();
      await subject.network(earlier);
      const wish = await begun({ sshPort: earlier.sshPort });
      expect(await subject.networkExists(earlier.slug)).toBe(false);
      expect(await subject.networkExists(wish.slug)).toBe(true);
    });

    test("someone else's container of our name is never listed, touched or replaced", async () => {
      const wish = await wished();
      await subject.addForeign(wish.slug);
      try {
        expect(await faultOf(subject.containers.start(wish))).toBe("refused");
        expect(await subject.networkExists(wish.slug)).toBe(false);
        expect(await subject.containers.look(wish.slug)).toBeUndefined();
        expect((await subject.containers.list()).map((one) => one.slug)).not.toContain(wish.slug);
        await subject.containers.stop(wish.slug, GRACE_MS);
        expect(await subject.foreignExists(wish.slug)).toBe(true);
      } finally {
        await subject.removeForeign(wish.slug);
      }
    });

    test("hanging up ends the SSH connections that are open, and nothing else", async () => {
      const wish = await begun();
      await subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
      const open = [await subject.connect(wish), await subject.connect(wish)];
      for (const isOpen of open) expect(await isOpen()).toBe(true);
      const before = await subject.containers.look(wish.slug);
      await subject.containers.hangUp(wish.slug);
      for (const isOpen of open) {
        const until = Date.now() + SEEN_MS;
        while ((await isOpen()) && Date.now() < until) await Bun.sleep(20);
        expect(await isOpen()).toBe(false);
      }
      expect(await subject.containers.look(wish.slug)).toEqual(before);
      const isOpen = await subject.connect(wish);
      expect(await isOpen()).toBe(true);
      await subject.containers.hangUp(wish.slug);
      await subject.containers.hangUp(wish.slug);
      await subject.containers.stop(wish.slug, 0);
      await subject.containers.hangUp(wish.slug);
    });

    test("usage and log are of the session's own container; where there is none there is nothing", async () => {
      const wish = await begun();
      await subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
      const first = await subject.containers.usage(wish.slug);
      expect(first?.memoryBytes ?? 1).toBeGreaterThan(0);
      expect(first?.pids ?? 1).toBeGreaterThan(0);
      const later = await subject.containers.usage(wish.slug);
      expect(later?.cpuSeconds ?? 0).toBeGreaterThanOrEqual(first?.cpuSeconds ?? 0);
      const lines = (await subject.containers.log(wish.slug, 3)).split("\n").filter((line) => line !== "");
      expect(lines.length).toBeLessThanOrEqual(3);
      for (const line of lines) expect(line).toMatch(/^\d{4}-\d{2}-\d{2}T\S+Z /);
      await subject.containers.stop(wish.slug, 0);
      expect(await subject.containers.usage(wish.slug)).toBeUndefined();
      expect(await subject.containers.log(wish.slug, 3)).toBe("");
    });

    test("open ports are those of the session's own programs, with who gets to them, and end with it", async () => {
      const [wish, other] = [await begun(), await begun()];
      await subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
      expect(await subject.containers.openPorts(wish.slug)).toEqual({ ports: [], more: false });
      await subject.listen(wish.slug, "127.0.0.1", 8888);
      await subject.listen(wish.slug, "0.0.0.0", 8080);
      expect(await subject.containers.openPorts(wish.slug)).toEqual({
        ports: [
          { port: 8080, reachable: true },
          { port: 8888, reachable: false },
        ],
        more: false,
      });
      expect(await subject.containers.openPorts(other.slug)).toEqual({ ports: [], more: false });
      await subject.containers.stop(wish.slug, 0);
      expect(await subject.containers.openPorts(wish.slug)).toEqual({ ports: [], more: false });
    });

    /** A terminal, with all that it has printed so far. */
    async function terminalIn(slug: Slug) {
      const terminal = await subject.containers.terminal(slug, { columns: 80, rows: 24 });
      const seen = { text: "", over: false };
      const text = new TextDecoder();
      void (async () => {
        for await (const bytes of terminal.output) seen.text += text.decode(bytes, { stream: true });
        seen.over = true;
      })();
      const until = async (true_: () => boolean | Promise<boolean>) => {
        const late = Date.now() + SEEN_MS;
        while (!(await true_()) && Date.now() < late) await Bun.sleep(20);
        expect({ ...seen, true_: await true_() }).toMatchObject({ true_: true });
      };
      const type = (typed: string) => terminal.write(new TextEncoder().encode(typed));
      return { terminal, seen, until, type };
    }

    test("a terminal says what is typed into it, and its shell ends when it is told to", async () => {
      const wish = await begun();
      const { terminal, seen, until, type } = await terminalIn(wish.slug);
      await until(() => seen.text.includes("$ "));
      await type("echo käse-42\r");
      await until(() => seen.text.split("käse-42").length > 2);
      await terminal.resize({ columns: 132, rows: 43 });
      expect(await subject.shells(wish.slug)).toBe(1);
      await type("exit\r");
      await until(() => seen.over);
      await until(async () => (await subject.shells(wish.slug)) === 0);
      await terminal.resize({ columns: 80, rows: 24 });
      await type("nobody reads this\r");
      await terminal.hangUp();
    });

    test("hanging up a terminal ends its shell and no other, and the session goes on", async () => {
      const wish = await begun();
      const before = await subject.containers.look(wish.slug);
      const [first, second] = [await terminalIn(wish.slug), await terminalIn(wish.slug)];
      await first.until(() => first.seen.text.includes("$ "));
      await second.until(() => second.seen.text.includes("$ "));
      await first.terminal.hangUp();
      await first.until(() => first.seen.over);
      expect(await subject.shells(wish.slug)).toBe(1);
      await first.terminal.hangUp();
      await second.type("echo still-here\r");
      await second.until(() => second.seen.text.split("still-here").length > 2);
      expect(await subject.containers.look(wish.slug)).toEqual(before);
    });

    test("a terminal ends with its container, and there is none without one", async () => {
      const wish = await begun();
      const { terminal, seen, until } = await terminalIn(wish.slug);
      await until(() => seen.text.includes("$ "));
      await subject.containers.stop(wish.slug, GRACE_MS);
      await until(() => seen.over);
      await terminal.hangUp();
      expect(await faultOf(subject.containers.terminal(wish.slug, { columns: 80, rows: 24 }))).toBe(
        "missing",
      );
    });

    test("the exit code and the time of a death are seen", async () => {
      const wish = await begun();
      await subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
      const exitCode = await subject.die(wish.slug);
      const state = await ended(wish.slug);
      expect(state).toMatchObject({ exitCode, outOfMemory: false });
      expect(Math.abs(Date.now() - state.atMs)).toBeLessThan(30_000);
    });

    test("a death by lack of memory is seen as one", async () => {
      const wish = await begun();
      await subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
      await subject.dieOutOfMemory(wish.slug);
      expect(await ended(wish.slug)).toMatchObject({ exitCode: 137, outOfMemory: true });
    });

    test("stray networks are listed and can be removed, twice", async () => {
      const wish = await wished();
      await subject.network(wish);
      expect(await subject.containers.strayNetworks()).toContain(wish.slug);
      await subject.containers.removeNetwork(wish.slug);
      await subject.containers.removeNetwork(wish.slug);
      expect(await subject.containers.strayNetworks()).not.toContain(wish.slug);
      expect(await subject.networkExists(wish.slug)).toBe(false);
    });

    test("a network that a container uses is not removed", async () => {
      const wish = await begun();
      await subject.containers.removeNetwork(wish.slug);
      expect(await subject.networkExists(wish.slug)).toBe(true);
    });

    test("watching calls back on death and removal, and ends with its signal", async () => {
      const listening = new AbortController();
      const calls: Slug[] = [];
      const over = subject.containers.watch((slug) => calls.push(slug), listening.signal);
      const callsFor = async (slug: Slug, count: number) => {
        const until = Date.now() + SEEN_MS;
        while (calls.filter((one) => one === slug).length < count && Date.now() < until) await Bun.sleep(10);
        return calls.filter((one) => one === slug).length;
      };
      const wish = await begun();
      await subject.die(wish.slug);
      expect(await callsFor(wish.slug, 1)).toBe(1);
      await subject.destroy(wish.slug);
      expect(await callsFor(wish.slug, 2)).toBe(2);
      listening.abort();
      await over;
      const count = calls.length;
      await subject.die((await begun()).slug);
      await Bun.sleep(50);
      expect(calls.length).toBe(count);
    });

    test("a missing image is missing, and a start with it leaves nothing behind", async () => {
      expect(await faultOf(subject.containers.checkImage(subject.missingImage))).toBe("missing");
      const wish = await wished({ image: subject.missingImage });
      await subject.containers.checkImage((await subject.wish()).image);
      expect(await faultOf(subject.containers.start(wish))).toBe("missing");
      expect(await subject.identity(wish.slug)).toBeUndefined();
      expect(await subject.networkExists(wish.slug)).toBe(false);
    });

    test("a port that someone else has is refused, nothing is left behind, and once it is free the start works", async () => {
      const wish = await wished();
      const release = await subject.takePort(wish.sshPort);
      try {
        expect(await faultOf(subject.containers.start(wish))).toBe("refused");
        expect(await subject.identity(wish.slug)).toBeUndefined();
        expect(await subject.networkExists(wish.slug)).toBe(false);
      } finally {
        await release();
      }
      await subject.containers.start(wish);
      expect(await subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    });

    test("a start that was cancelled before it began makes nothing", async () => {
      const wish = await wished();
      expect(await faultOf(subject.containers.start(wish, AbortSignal.abort()))).toBe("deadline");
      expect(await subject.identity(wish.slug)).toBeUndefined();
      expect(await subject.networkExists(wish.slug)).toBe(false);
    });
  });
}

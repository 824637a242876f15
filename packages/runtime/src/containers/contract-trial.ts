import { afterAll, afterEach, beforeAll } from "bun:test";

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

export const BANNER_MS = 10_000;
export const GRACE_MS = 2_000;
/** Real engines need a moment until a death is known. */
export const SEEN_MS = 10_000;

/** What the contract's tests share: one adapter, and the sessions that a test began, which end with it. */
export interface Trial {
  /** Once the tests run. */
  readonly subject: ContainersSubject;
  wished(overrides?: Partial<SessionContainer>): Promise<SessionContainer>;
  /** Wished and started. */
  begun(overrides?: Partial<SessionContainer>): Promise<SessionContainer>;
  /** Waits until it is seen to have ended. */
  ended(slug: Slug): Promise<Extract<ContainerState, { is: "exited" }>>;
  faultOf(work: Promise<unknown>): Promise<MachineFault | "none">;
}

/** Inside a `describe`: the adapter is made before its tests and closed after them. */
export function openTrial(make: () => Promise<ContainersSubject>): Trial {
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

  return {
    get subject() {
      return subject;
    },
    wished,
    async begun(overrides) {
      const wish = await wished(overrides);
      await subject.containers.start(wish);
      return wish;
    },
    async ended(slug) {
      const until = Date.now() + SEEN_MS;
      while (Date.now() < until) {
        const state = (await subject.containers.look(slug))?.state;
        if (state?.is === "exited") return state;
        await Bun.sleep(20);
      }
      throw new Error(`${slug} was not seen to end`);
    },
    faultOf: (work) =>
      work.then(
        () => "none",
        (error) => error.fault,
      ),
  };
}

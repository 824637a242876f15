import { expect, test } from "bun:test";

import { BANNER_MS, GRACE_MS, type Trial } from "./contract-trial.ts";

/** How a session's container comes up, and what a start meets that was there before. */
export function startsContract(trial: Trial): void {
  const { wished, begun, ended, faultOf } = trial;

  test("the engine says what it is", async () => {
    const facts = await trial.subject.containers.check();
    expect(facts.kind).not.toBe("");
    expect(facts.apiVersion).not.toBe("");
  });

  test("a started session is seen with all its facts, and its banner comes", async () => {
    const before = Date.now();
    const wish = await begun();
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    const seen = await trial.subject.containers.look(wish.slug);
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
    const listed = (await trial.subject.containers.list()).find((one) => one.slug === wish.slug);
    expect(listed).toEqual(seen);
    expect(await trial.subject.networkExists(wish.slug)).toBe(true);
    expect(await trial.subject.containers.strayNetworks()).not.toContain(wish.slug);
  });

  test("an internal session starts and answers too", async () => {
    const wish = await begun({ exposure: "INTERNAL" });
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
  });

  test("no banner comes from a port that nobody listens on", async () => {
    const wish = await wished();
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, 150)).toBe(false);
  });

  test("starting twice changes nothing", async () => {
    const wish = await begun();
    const first = await trial.subject.containers.look(wish.slug);
    const identity = await trial.subject.identity(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.containers.look(wish.slug)).toEqual(first);
    expect(await trial.subject.identity(wish.slug)).toBe(identity);
  });

  test("a container that was made and never started is seen as such, and can be stopped", async () => {
    const wish = await wished();
    await trial.subject.leftover(wish);
    expect((await trial.subject.containers.look(wish.slug))?.state).toEqual({ is: "created" });
    await trial.subject.containers.stop(wish.slug, GRACE_MS);
    expect(await trial.subject.containers.look(wish.slug)).toBeUndefined();
  });

  test("a leftover of the same session is adopted", async () => {
    const wish = await wished();
    await trial.subject.leftover(wish);
    const identity = await trial.subject.identity(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.identity(wish.slug)).toBe(identity);
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
  });

  test("a leftover of another session is replaced", async () => {
    const wish = await wished();
    await trial.subject.leftover({ ...wish, sessionId: `${wish.sessionId.slice(0, -4)}beef` });
    const identity = await trial.subject.identity(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.identity(wish.slug)).not.toBe(identity);
    expect((await trial.subject.containers.look(wish.slug))?.sessionId).toBe(wish.sessionId);
  });

  test("a leftover of the same session with another GPU does not fit and is replaced", async () => {
    const wish = await wished();
    await trial.subject.leftover({ ...wish, gpuUuid: `${wish.gpuUuid}-other` });
    await trial.subject.containers.start(wish);
    expect((await trial.subject.containers.look(wish.slug))?.gpuUuid).toBe(wish.gpuUuid);
  });

  test("a container that has ended is replaced by a start", async () => {
    const wish = await begun();
    await trial.subject.die(wish.slug);
    await ended(wish.slug);
    const identity = await trial.subject.identity(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.identity(wish.slug)).not.toBe(identity);
    expect((await trial.subject.containers.look(wish.slug))?.state.is).toBe("running");
  });

  test("someone else's container of our name is never listed, touched or replaced", async () => {
    const wish = await wished();
    await trial.subject.addForeign(wish.slug);
    try {
      expect(await faultOf(trial.subject.containers.start(wish))).toBe("refused");
      expect(await trial.subject.networkExists(wish.slug)).toBe(false);
      expect(await trial.subject.containers.look(wish.slug)).toBeUndefined();
      expect((await trial.subject.containers.list()).map((one) => one.slug)).not.toContain(wish.slug);
      await trial.subject.containers.stop(wish.slug, GRACE_MS);
      expect(await trial.subject.foreignExists(wish.slug)).toBe(true);
    } finally {
      await trial.subject.removeForeign(wish.slug);
    }
  });

  test("a missing image is missing, and a start with it leaves nothing behind", async () => {
    expect(await faultOf(trial.subject.containers.checkImage(trial.subject.missingImage))).toBe("missing");
    const wish = await wished({ image: trial.subject.missingImage });
    await trial.subject.containers.checkImage((await trial.subject.wish()).image);
    expect(await faultOf(trial.subject.containers.start(wish))).toBe("missing");
    expect(await trial.subject.identity(wish.slug)).toBeUndefined();
    expect(await trial.subject.networkExists(wish.slug)).toBe(false);
  });

  test("a port that someone else has is refused, nothing is left behind, and once it is free the start works", async () => {
    const wish = await wished();
    const release = await trial.subject.takePort(wish.sshPort);
    try {
      expect(await faultOf(trial.subject.containers.start(wish))).toBe("refused");
      expect(await trial.subject.identity(wish.slug)).toBeUndefined();
      expect(await trial.subject.networkExists(wish.slug)).toBe(false);
    } finally {
      await release();
    }
    await trial.subject.containers.start(wish);
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
  });

  test("a start that was cancelled before it began makes nothing", async () => {
    const wish = await wished();
    expect(await faultOf(trial.subject.containers.start(wish, AbortSignal.abort()))).toBe("deadline");
    expect(await trial.subject.identity(wish.slug)).toBeUndefined();
    expect(await trial.subject.networkExists(wish.slug)).toBe(false);
  });
}

import { expect, test } from "bun:test";

import type { Slug } from "@medforge/core/ids";

import { BANNER_MS, GRACE_MS, SEEN_MS, type Trial } from "./contract-trial.ts";

/** How a container ends, by a stop or by itself, and who hears of it. */
export function endingsContract(trial: Trial): void {
  const { begun, ended } = trial;

  test("stopping removes container and network, and stopping again is fine", async () => {
    const wish = await begun();
    await trial.subject.containers.stop(wish.slug, GRACE_MS);
    expect(await trial.subject.containers.look(wish.slug)).toBeUndefined();
    expect(await trial.subject.networkExists(wish.slug)).toBe(false);
    expect((await trial.subject.containers.list()).map((one) => one.slug)).not.toContain(wish.slug);
    await trial.subject.containers.stop(wish.slug, GRACE_MS);
  });

  test("two stops at the same time both end well", async () => {
    const wish = await begun();
    await Promise.all([
      trial.subject.containers.stop(wish.slug, GRACE_MS),
      trial.subject.containers.stop(wish.slug, GRACE_MS),
    ]);
    expect(await trial.subject.containers.look(wish.slug)).toBeUndefined();
    expect(await trial.subject.networkExists(wish.slug)).toBe(false);
  });

  test("the exit code and the time of a death are seen", async () => {
    const wish = await begun();
    await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
    const exitCode = await trial.subject.die(wish.slug);
    const state = await ended(wish.slug);
    expect(state).toMatchObject({ exitCode, outOfMemory: false });
    expect(Math.abs(Date.now() - state.atMs)).toBeLessThan(30_000);
  });

  test("a death by lack of memory is seen as one", async () => {
    const wish = await begun();
    await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
    await trial.subject.dieOutOfMemory(wish.slug);
    expect(await ended(wish.slug)).toMatchObject({ exitCode: 137, outOfMemory: true });
  });

  test("watching calls back on death and removal, and ends with its signal", async () => {
    const listening = new AbortController();
    const calls: Slug[] = [];
    const over = trial.subject.containers.watch((slug) => calls.push(slug), listening.signal);
    const callsFor = async (slug: Slug, count: number) => {
      const until = Date.now() + SEEN_MS;
      while (calls.filter((one) => one === slug).length < count && Date.now() < until) await Bun.sleep(10);
      return calls.filter((one) => one === slug).length;
    };
    const wish = await begun();
    await trial.subject.die(wish.slug);
    expect(await callsFor(wish.slug, 1)).toBe(1);
    await trial.subject.destroy(wish.slug);
    expect(await callsFor(wish.slug, 2)).toBe(2);
    listening.abort();
    await over;
    const count = calls.length;
    await trial.subject.die((await begun()).slug);
    await Bun.sleep(50);
    expect(calls.length).toBe(count);
  });
}

import { expect, test } from "bun:test";

import { BANNER_MS, type Trial } from "./contract-trial.ts";

/** The small network of each session: made ahead, used, left behind. */
export function networksContract(trial: Trial): void {
  const { wished, begun } = trial;

  test("a network made ahead is used by the start, made twice is one, and goes with the stop", async () => {
    const wish = await wished();
    await trial.subject.containers.prepareNetwork(wish);
    await trial.subject.containers.prepareNetwork(wish);
    expect(await trial.subject.containers.strayNetworks()).toContain(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
    expect(await trial.subject.containers.strayNetworks()).not.toContain(wish.slug);
    await trial.subject.containers.stop(wish.slug, 1_000);
    expect(await trial.subject.containers.strayNetworks()).not.toContain(wish.slug);
  });

  test("a network made ahead that nobody starts on is removed", async () => {
    const wish = await wished();
    await trial.subject.containers.prepareNetwork(wish);
    await trial.subject.containers.removeNetwork(wish.slug);
    expect(await trial.subject.containers.strayNetworks()).not.toContain(wish.slug);
    await trial.subject.containers.start(wish);
    expect(await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS)).toBe(true);
  });

  test("an unused network of an earlier session on the same port gives way", async () => {
    const earlier = await wished();
    await trial.subject.network(earlier);
    const wish = await begun({ sshPort: earlier.sshPort });
    expect(await trial.subject.networkExists(earlier.slug)).toBe(false);
    expect(await trial.subject.networkExists(wish.slug)).toBe(true);
  });

  test("stray networks are listed and can be removed, twice", async () => {
    const wish = await wished();
    await trial.subject.network(wish);
    expect(await trial.subject.containers.strayNetworks()).toContain(wish.slug);
    await trial.subject.containers.removeNetwork(wish.slug);
    await trial.subject.containers.removeNetwork(wish.slug);
    expect(await trial.subject.containers.strayNetworks()).not.toContain(wish.slug);
    expect(await trial.subject.networkExists(wish.slug)).toBe(false);
  });

  test("a network that a container uses is not removed", async () => {
    const wish = await begun();
    await trial.subject.containers.removeNetwork(wish.slug);
    expect(await trial.subject.networkExists(wish.slug)).toBe(true);
  });
}

import { expect, test } from "bun:test";

import type { Slug } from "@medforge/core/ids";

import { BANNER_MS, GRACE_MS, SEEN_MS, type Trial } from "./contract-trial.ts";

/** What is done inside a container that runs: SSH connections, terminals, open ports, its usage and log. */
export function insideContract(trial: Trial): void {
  const { begun, faultOf } = trial;

  test("hanging up ends the SSH connections that are open, and nothing else", async () => {
    const wish = await begun();
    await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
    const open = [await trial.subject.connect(wish), await trial.subject.connect(wish)];
    for (const isOpen of open) expect(await isOpen()).toBe(true);
    const before = await trial.subject.containers.look(wish.slug);
    await trial.subject.containers.hangUp(wish.slug);
    for (const isOpen of open) {
      const until = Date.now() + SEEN_MS;
      while ((await isOpen()) && Date.now() < until) await Bun.sleep(20);
      expect(await isOpen()).toBe(false);
    }
    expect(await trial.subject.containers.look(wish.slug)).toEqual(before);
    const isOpen = await trial.subject.connect(wish);
    expect(await isOpen()).toBe(true);
    await trial.subject.containers.hangUp(wish.slug);
    await trial.subject.containers.hangUp(wish.slug);
    await trial.subject.containers.stop(wish.slug, 0);
    await trial.subject.containers.hangUp(wish.slug);
  });

  test("usage and log are of the session's own container; where there is none there is nothing", async () => {
    const wish = await begun();
    await trial.subject.containers.bannerSeen(wish.sshPort, BANNER_MS);
    const first = await trial.subject.containers.usage(wish.slug);
    expect(first?.memoryBytes ?? 1).toBeGreaterThan(0);
    expect(first?.pids ?? 1).toBeGreaterThan(0);
    const later = await trial.subject.containers.usage(wish.slug);
    expect(later?.cpuSeconds ?? 0).toBeGreaterThanOrEqual(first?.cpuSeconds ?? 0);
    const lines = (await trial.subject.containers.log(wish.slug, 3))
      .split("\n")
      .filter((line) => line !== "");
    expect(lines.length).toBeLessThanOrEqual(3);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d{2}-\d{2}T\S+Z /);
    await trial.subject.containers.stop(wish.slug, 0);
    expect(await trial.subject.containers.usage(wish.slug)).toBeUndefined();
    expect(await trial.subject.containers.log(wish.slug, 3)).toBe("");
  });

  test("open ports are those of the session's own programs, with who gets to them, and end with it", async () => {
    const [wish, other] = [await begun(), await begun()];
    const { containers } = trial.subject;
    await containers.bannerSeen(wish.sshPort, BANNER_MS);
    expect(await containers.openPorts(wish.slug)).toEqual({ ports: [], more: false });
    await trial.subject.listen(wish.slug, "127.0.0.1", 8888);
    await trial.subject.listen(wish.slug, "0.0.0.0", 8080);
    expect(await containers.openPorts(wish.slug)).toEqual({
      ports: [
        { port: 8080, reachable: true },
        { port: 8888, reachable: false },
      ],
      more: false,
    });
    expect(await containers.openPorts(other.slug)).toEqual({ ports: [], more: false });
    await containers.stop(wish.slug, 0);
    expect(await containers.openPorts(wish.slug)).toEqual({ ports: [], more: false });
  });

  /** A terminal, with all that it has printed so far. */
  async function terminalIn(slug: Slug) {
    const terminal = await trial.subject.containers.terminal(slug, { columns: 80, rows: 24 });
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
    expect(await trial.subject.shells(wish.slug)).toBe(1);
    await type("exit\r");
    await until(() => seen.over);
    await until(async () => (await trial.subject.shells(wish.slug)) === 0);
    await terminal.resize({ columns: 80, rows: 24 });
    await type("nobody reads this\r");
    await terminal.hangUp();
  });

  test("hanging up a terminal ends its shell and no other, and the session goes on", async () => {
    const wish = await begun();
    const before = await trial.subject.containers.look(wish.slug);
    const [first, second] = [await terminalIn(wish.slug), await terminalIn(wish.slug)];
    await first.until(() => first.seen.text.includes("$ "));
    await second.until(() => second.seen.text.includes("$ "));
    await first.terminal.hangUp();
    await first.until(() => first.seen.over);
    expect(await trial.subject.shells(wish.slug)).toBe(1);
    await first.terminal.hangUp();
    await second.type("echo still-here\r");
    await second.until(() => second.seen.text.split("still-here").length > 2);
    expect(await trial.subject.containers.look(wish.slug)).toEqual(before);
  });

  test("a terminal ends with its container, and there is none without one", async () => {
    const wish = await begun();
    const { terminal, seen, until } = await terminalIn(wish.slug);
    await until(() => seen.text.includes("$ "));
    await trial.subject.containers.stop(wish.slug, GRACE_MS);
    await until(() => seen.over);
    await terminal.hangUp();
    expect(await faultOf(trial.subject.containers.terminal(wish.slug, { columns: 80, rows: 24 }))).toBe(
      "missing",
    );
  });
}

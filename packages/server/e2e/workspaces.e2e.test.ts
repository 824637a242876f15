import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Workspace } from "@medforge/contracts/workspaces";

import { type House, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";

describe.skipIf(!machineNamed)("a workspace on ZFS", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house?.close());

  test("is restored to a stop-snapshot, never under a session, and the state before is kept", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const first = await who.running();
    await ssh.say(first, "echo one > file");
    const { snapshot } = await who.stopped(first.id);
    const second = await who.running();
    await ssh.say(second, "echo two > file");
    const path = `/workspaces/${first.workspace.id}`;
    const refused = await who.ask("POST", `${path}/snapshots/${snapshot}/restore`);
    expect(refused).toMatchObject({ status: 409, code: "workspace_in_use" });
    await who.stopped(second.id);
    expect((await who.ask("POST", `${path}/snapshots/${snapshot}/restore`)).status).toBe(200);

    const third = await who.running();
    expect(await ssh.say(third, "cat file")).toBe("one");
    await who.stopped(third.id);
    const names = (await who.expect<{ name: string }[]>(200, "GET", `${path}/snapshots`)).map(
      ({ name }) => name,
    );
    const safety = names.find((name) => !name.startsWith("stop-"));
    expect(safety).toBeDefined();
    expect((await who.ask("POST", `${path}/snapshots/${safety}/restore`)).status).toBe(200);
    const fourth = await who.running();
    expect(await ssh.say(fourth, "cat file")).toBe("two");
    await who.stopped(fourth.id);
  }, 40_000);

  test("is cloned into one with a life of its own", async () => {
    const { who, ssh } = await house.newKeyHolder({ sessions: 2 });
    const source = await who.running();
    await ssh.say(source, "echo shared > file");
    const path = `/workspaces/${source.workspace.id}/snapshots`;
    await who.expect(201, "POST", path, { name: "baseline" });
    const clone = await who.ask<Workspace>("POST", `${path}/baseline/clone`, { name: "experiment" });
    expect([201, 202]).toContain(clone.status);

    const other = await who.running({ workspace_id: clone.data.id });
    expect(other.ssh?.port).not.toBe(source.ssh?.port ?? 0);
    expect(await ssh.say(other, "cat file; echo changed > file")).toBe("shared");
    expect(await ssh.say(source, "cat file")).toBe("shared");
    await Promise.all([who.stopped(source.id), who.stopped(other.id)]);
    const again = await who.running({ workspace_id: clone.data.id });
    expect(await ssh.say(again, "cat file")).toBe("changed");
    await who.stopped(again.id);
  }, 40_000);

  test("that is full still lets its owner in, and the API shows what is used", async () => {
    const { who, ssh } = await house.newKeyHolder({ admin: true });
    const session = await who.running();
    const path = `/workspaces/${session.workspace.id}`;
    const quota = 16 * 1024 ** 2;
    await who.expect(200, "PATCH", path, { quota_bytes: quota });
    const filled = await ssh.run(session, "head -c 40000000 /dev/urandom > big; sync");
    expect(filled.stderr).toMatch(/No space left|quota exceeded/i);
    expect(await ssh.say(session, "id -un")).toBe("medforge");
    const full = await who.expect<Workspace>(200, "GET", path);
    expect(full.quota_bytes).toBe(quota);
    expect(full.usage?.quota_full).toBe(true);
    expect(full.usage?.used_bytes).toBeGreaterThan(quota * 0.9);

    // Full, and yet it stops with a snapshot and starts again; deleting makes room.
    expect((await who.stopped(session.id)).snapshot).toMatch(/^stop-/);
    const next = await who.running();
    await ssh.say(next, "rm big && head -c 1000000 /dev/urandom > small && sync");
    expect((await who.expect<Workspace>(200, "GET", path)).usage?.quota_full).toBe(false);
    await who.stopped(next.id);
  }, 40_000);
});

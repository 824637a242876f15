import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, PASSWORD, testHouse } from "../../testing.ts";

const EXTERNAL = "/api/v2/external/sessions";
const INTERNAL = "/api/v2/internal/sessions";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly [name: string]: unknown;
}

describe.if(databaseNamed)("sessions over HTTP", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 2 });
  });
  afterAll(() => house.close());

  const shown = (answered: { body: { data?: unknown } }) => answered.body.data as Shown;
  const create = (cookie: string, body: unknown = {}, path = EXTERNAL) =>
    house.request("POST", path, { cookie, body });
  const get = async (cookie: string, id: string) =>
    shown(await house.request("GET", `${EXTERNAL}/${id}`, { cookie }));
  const stop = (cookie: string, id: string) => house.request("POST", `${EXTERNAL}/${id}/stop`, { cookie });
  async function reconcile(): Promise<void> {
    await house.reconciler.pass();
    await house.reconciler.idle();
  }

  test("are created, run, are seen with all that a client needs, and stop when asked, twice as well", async () => {
    const { cookie } = await house.signup();
    const created = await create(cookie);
    expect(created.status).toBe(201);
    const { id, slug } = shown(created);
    expect(shown(created)).toMatchObject({
      state: "STARTING",
      exposure: "EXTERNAL",
      pack: { name: "default" },
      workspace: { name: "main" },
      simulated: true,
    });
    await reconcile();
    house.clock.advance(90_000);
    expect(await get(cookie, id)).toMatchObject({
      state: "RUNNING",
      ssh: { host: "localhost", port: 10_000, user: "medforge", command: "ssh -p 10000 medforge@localhost" },
      host_ca: `@cert-authority [localhost]:* ${house.keyring.ca}`,
      gpu_seconds: 90,
    });
    expect((await get(cookie, id)).notice).toContain("runtime memory");
    expect(shown(await house.request("GET", `${EXTERNAL}/current`, { cookie }))).toMatchObject({ id });
    for (let i = 0; i < 2; i++) {
      const stopped = await stop(cookie, id);
      expect(stopped.status).toBe(202);
      expect(shown(stopped)).toMatchObject({ state: "STOPPING", ssh: null });
    }
    await reconcile();
    const over = await get(cookie, id);
    expect(over).toMatchObject({ state: "STOPPED", reason: "stop_requested", ssh: null, gpu_seconds: 90 });
    expect(over.snapshot).toMatch(/^stop-\d+$/);
    expect((await stop(cookie, id)).status).toBe(202);
    expect((await house.request("GET", `${EXTERNAL}/current`, { cookie })).body.data).toBeNull();
    expect(slug).toMatch(/^[a-z2-7]{8}$/);
  });

  test("wait in the queue when asked to, with their place in it", async () => {
    const people = [await house.signup(), await house.signup(), await house.signup(), await house.signup()];
    const [a, b, c, d] = people.map(({ cookie }) => cookie) as [string, string, string, string];
    const ids = [shown(await create(a)).id, shown(await create(b)).id];
    const refused = await create(c);
    expect(refused.body).toMatchObject({ status: 409, code: "no_gpu_available" });
    expect(refused.body.detail).toContain("queue: true");
    const third = await create(c, { queue: true });
    expect(third.status).toBe(202);
    expect(shown(third)).toMatchObject({ state: "QUEUED", queue_position: 1, gpu: null, ssh: null });
    house.clock.advance(10);
    expect(shown(await create(d, { queue: true }))).toMatchObject({ queue_position: 2 });
    expect((await house.request("GET", "/api/v2/status")).body.data).toMatchObject({
      gpus: { total: 2, free: 0 },
      queue_length: 2,
    });
    for (const [cookie, id] of [
      [a, ids[0]],
      [b, ids[1]],
      [c, shown(third).id],
    ] as const)
      await stop(cookie, id ?? "");
    await reconcile();
    await reconcile();
    expect(shown(await house.request("GET", `${EXTERNAL}/current`, { cookie: d })).state).not.toBe("QUEUED");
    await stop(d, shown(await house.request("GET", `${EXTERNAL}/current`, { cookie: d })).id);
    await reconcile();
  });

  test("belong to one person and one surface; elsewhere they do not exist", async () => {
    const [ada, eve, root] = [
      await house.signup({ internal: true, sessions: 2 }),
      await house.signup(),
      await house.signup({ admin: true }),
    ];
    const inside = await create(ada.cookie, {}, INTERNAL);
    expect(inside.status).toBe(201);
    const { id } = shown(inside);
    const status = async (cookie: string, path: string, method = "GET") =>
      (await house.request(method, path, { cookie })).status;
    expect(await status(ada.cookie, `${INTERNAL}/${id}`)).toBe(200);
    expect(await status(ada.cookie, `${EXTERNAL}/${id}`)).toBe(404);
    expect(await status(ada.cookie, `${EXTERNAL}/${id}/events`)).toBe(404);
    expect(await status(ada.cookie, `${EXTERNAL}/${id}/stop`, "POST")).toBe(404);
    // An admin has the right to the surface, but this is somebody else's session.
    expect(await status(root.cookie, `${INTERNAL}/${id}`)).toBe(404);
    const refused = await house.request("GET", `${INTERNAL}/${id}`, { cookie: eve.cookie });
    expect(refused.body).toMatchObject({ status: 403, code: "internal_access_required" });
    expect((await create(eve.cookie, {}, INTERNAL)).body.code).toBe("internal_access_required");
    expect(await status(root.cookie, "/api/v2/packs?exposure=internal")).toBe(200);
    expect(await status(eve.cookie, "/api/v2/packs?exposure=internal")).toBe(403);
    expect((await house.request("GET", EXTERNAL, { cookie: ada.cookie })).body.data).toEqual([]);
    await house.request("POST", `${INTERNAL}/${id}/stop`, { cookie: ada.cookie });
    await reconcile();
    const stopped = await house.request("GET", `${INTERNAL}?status=STOPPED`, { cookie: ada.cookie });
    expect((stopped.body.data as Shown[]).map((one) => one.id)).toEqual([id]);
    expect(
      (await house.request("GET", `${INTERNAL}?status=RUNNING`, { cookie: ada.cookie })).body.data,
    ).toEqual([]);
    expect(await status(ada.cookie, `${INTERNAL}?status=running`)).toBe(422);
  });

  describe("as events", () => {
    interface Event {
      readonly id: number;
      readonly to: string;
    }

    /** Reads until the stream ends, or `enough`. */
    async function listen(cookie: string, id: string, lastId?: number) {
      const headers = lastId === undefined ? {} : { "last-event-id": String(lastId) };
      const response = await house.send("GET", `${EXTERNAL}/${id}/events`, { cookie, headers });
      const reader = response.body?.getReader();
      let text = "";
      const read = async (enough: (text: string) => boolean) => {
        while (!enough(text)) {
          const next = await reader?.read();
          if (next === undefined || next.done) return "ended";
          text += new TextDecoder().decode(next.value);
        }
        return "enough";
      };
      const events = (): Event[] =>
        [...text.matchAll(/^id: (\d+)\nevent: session\ndata: (.*)$/gm)].map((match) => ({
          id: Number(match[1]),
          to: JSON.parse(match[2] ?? "").to,
        }));
      return { response, read, events, cancel: () => reader?.cancel() };
    }

    test("tell every move in order, resume after the last one heard, and end with the session", async () => {
      const { cookie } = await house.signup();
      const { id } = shown(await create(cookie));
      const stream = await listen(cookie, id);
      expect(stream.response.headers.get("content-type")).toStartWith("text/event-stream");
      expect(stream.response.headers.get("x-content-type-options")).toBe("nosniff");
      await stream.read((text) => text.includes("STARTING"));
      const reading = stream.read(() => false);
      await reconcile();
      await stop(cookie, id);
      await reconcile();
      expect(await reading).toBe("ended");
      const all = stream.events();
      expect(all.map(({ to }) => to)).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED"]);

      const resumed = await listen(cookie, id, all[1]?.id);
      expect(await resumed.read(() => false)).toBe("ended");
      expect(resumed.events()).toEqual(all.slice(2));
      const nothingMore = await listen(cookie, id, all[3]?.id);
      expect(nothingMore.response.status).toBe(204);
      expect(house.streamsOpen()).toBe(0);
    });

    test("beat while nothing happens, and leave no listener behind when the client goes", async () => {
      const { cookie } = await house.signup();
      const { id } = shown(await create(cookie));
      const streams = await Promise.all(Array.from({ length: 20 }, () => listen(cookie, id)));
      const waiting = streams.map(async ({ read }) => read((text) => text.includes(": still here")));
      await Bun.sleep(20);
      expect(house.streamsOpen()).toBe(20);
      await house.pass(5_500);
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(["enough"]));
      await Promise.all(streams.map(({ cancel }) => cancel()));
      await house.pass(500);
      expect(house.streamsOpen()).toBe(0);
      await stop(cookie, id);
      await reconcile();
    });

    test("end with the right to hear them, whoever took it, and tell nothing more", async () => {
      const user = await house.signup();
      const { cookie } = user;
      const { id } = shown(await create(cookie));
      const here = await listen(cookie, id);
      await here.read((text) => text.includes("STARTING"));
      const reading = here.read(() => false);
      await house.request("POST", "/api/v2/auth/logout", { cookie });
      expect(await reading).toBe("ended");

      const logIn = async () => {
        const body = { email: user.email, password: PASSWORD };
        const { headers } = await house.request("POST", "/api/v2/auth/login", { body });
        return headers.get("set-cookie")?.split(";")[0] ?? "";
      };
      const again = await logIn();
      const elsewhere = await listen(again, id);
      await elsewhere.read((text) => text.includes("STARTING"));
      // As another process does it: nothing rings here.
      await house.db.logins.revokeAll(user.id, house.clock.now());
      const waiting = elsewhere.read(() => false);
      await reconcile();
      await house.pass(5_000);
      expect(await waiting).toBe("ended");
      expect(elsewhere.events().map(({ to }) => to)).toEqual(["STARTING"]);
      await stop(await logIn(), id);
      await reconcile();
    });

    test("over a real connection end when the client hangs up", async () => {
      const { cookie } = await house.signup();
      const { id } = shown(await create(cookie));
      const app = house.app.listen({ hostname: "127.0.0.1", port: 0 });
      const abort = new AbortController();
      const response = await fetch(`http://127.0.0.1:${app.server?.port}${EXTERNAL}/${id}/events`, {
        headers: { cookie },
        signal: abort.signal,
      });
      await response.body?.getReader().read();
      expect(house.streamsOpen()).toBe(1);
      abort.abort();
      for (let i = 0; i < 100 && house.streamsOpen() > 0; i++) await house.pass(250);
      expect(house.streamsOpen()).toBe(0);
      await app.stop(true);
    });
  });
});

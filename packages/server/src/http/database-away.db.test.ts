import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Database, openDatabase } from "@medforge/db/database";
import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";

import { type House, testHouse } from "../testing.ts";

/** Stands between the house and its database, and can be cut: what a restart of MariaDB looks like from here. */
class Wire {
  readonly path = join(tmpdir(), `mf-wire-${process.pid}-${Date.now()}.sock`);
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  get url(): string {
    const url = new URL(this.#target);
    url.searchParams.set("socketPath", this.path);
    return url.href;
  }

  async mend(): Promise<void> {
    const socketPath = this.#target.searchParams.get("socketPath");
    const { hostname: host, port } = this.#target;
    this.#server = createServer((here) => {
      const there =
        socketPath === null ? connect({ host, port: Number(port || 3306) }) : connect({ path: socketPath });
      for (const socket of [here, there]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined);
      }
      here.pipe(there).pipe(here);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.path, resolve));
  }

  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
    rmSync(this.path, { force: true });
  }
}

describe.if(databaseNamed)("while the database is away", () => {
  let scratch: ScratchDatabase;
  let wire: Wire;
  let db: Database;
  let house: House;
  beforeAll(async () => {
    scratch = await scratchDatabase();
    wire = new Wire(scratch.url);
    await wire.mend();
    db = openDatabase(wire.url);
    house = await testHouse({ db });
  });
  afterAll(async () => {
    await db.close();
    await wire.cut();
    await scratch.drop();
  });

  test("every answer is 503 with Retry-After, and afterwards all is as before", async () => {
    const { cookie } = await house.signup();
    const login = { email: "x@example.org", password: "whatever it is" };
    await wire.cut();
    for (const round of [1, 2]) {
      const answers = [
        await house.request("GET", "/api/v2/me", { cookie }),
        await house.request("PATCH", "/api/v2/me", { cookie, body: { display_name: `Round ${round}` } }),
        await house.request("POST", "/api/v2/external/sessions", { cookie, body: {} }),
        await house.request("POST", "/api/v2/auth/login", { body: login }),
        await house.request("GET", "/api/v2/status"),
      ];
      for (const { status, body, headers, text } of answers) {
        expect({ status, code: body.code }).toEqual({ status: 503, code: "database_unavailable" });
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
        expect(text).not.toMatch(/select|ECONN|ENOENT|sock/i);
      }
    }
    expect((await house.request("GET", "/healthz")).status).toBe(200);
    const ready = await house.request("GET", "/readyz");
    expect(ready.status).toBe(503);
    expect(ready.text).toContain(`{"name":"database","ok":false`);

    await wire.mend();
    house.clock.advance(2_000);
    const me = await house.request("GET", "/api/v2/me", { cookie });
    expect(me.status).toBe(200);
    expect((await house.request("GET", "/readyz")).status).toBe(200);
  });
});

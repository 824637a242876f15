import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { OpenAPIV3_1 } from "openapi-types";

import { newId } from "../../deps.ts";
import { tokenHash } from "../../http/secrets.ts";
import { COOKIE, LOGIN_MS_MAX } from "../../http/viewer.ts";
import { ORIGIN } from "../../testing.ts";
import { openChallenge, type UploadHouse, uploadHouse } from "../submissions/testing.ts";
import {
  BROKEN_BODIES,
  HOSTILE_HEADERS,
  HOSTILE_WORDS,
  type HostileBody,
  hostileObjects,
  type Schema,
} from "./hostile.testing.ts";

setDefaultTimeout(180_000);

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";
const ROLES = ["nobody", "member", "admin"] as const;
type Role = (typeof ROLES)[number];

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenAPIV3_1.OperationObject;
}

describe.if(databaseNamed)("whatever is sent to any route that /openapi.json names", () => {
  let house: UploadHouse;
  let operations: Operation[];
  let challenge: string;
  const people = new Map<Role, string>();
  beforeAll(async () => {
    house = await uploadHouse({ gpus: 4 });
    const document: OpenAPIV3_1.Document = JSON.parse((await house.request("GET", "/openapi.json")).text);
    operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item?.[method];
        return operation === undefined ? [] : [{ path, method: method.toUpperCase(), operation }];
      }),
    );
    challenge = (await openChallenge(house)).slug;
    for (const role of ["member", "admin"] as const) {
      const { id, cookie } = await house.signup({ admin: role === "admin", internal: true, sessions: 3 });
      people.set(role, id);
      await house.request("POST", "/api/v2/external/sessions", { cookie, body: {} });
      await house.request("POST", "/api/v2/workspaces", { cookie, body: { name: "work" } });
    }
    // Another admin, so that what is done to this one may be done.
    await house.signup({ admin: true });
  });
  afterAll(() => house.close());

  /** A login that works, whatever was done to the one before it. */
  async function cookieOf(role: Role): Promise<string | undefined> {
    const userId = people.get(role);
    if (userId === undefined) return undefined;
    await house.db.users.update(userId, {
      disabledAt: null,
      role: role === "admin" ? "admin" : "member",
      canUseInternal: true,
    });
    const token = Buffer.from(house.deps.randomBytes(32)).toString("base64url");
    const now = house.clock.now();
    await house.db.logins.add({
      id: newId(house.deps),
      userId,
      tokenHash: tokenHash(token),
      address: "10.0.0.1",
      userAgent: "test",
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + LOGIN_MS_MAX,
      revokedAt: null,
    });
    return `${COOKIE}=${token}`;
  }

  let sent = 0;
  async function send(
    { method, path }: { readonly method: string; readonly path: string },
    cookie: string | undefined,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array } = {},
  ): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
    sent++;
    const headers = new Headers({
      "x-forwarded-for": `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`,
      ...(cookie === undefined ? {} : { cookie }),
      ...(more.body === undefined ? {} : { "content-type": "application/json" }),
      ...more.headers,
    });
    const body = typeof more.body === "object" ? Buffer.from(more.body) : (more.body ?? null);
    const answer = house.app.handle(new Request(`${ORIGIN}${path}`, { method, headers, body }));
    let over = false;
    const done = answer.finally(() => {
      over = true;
    });
    // Whoever waits for the loop, which does not run here, waits until its time has passed.
    const started = performance.now();
    while (!over) {
      await Promise.race([done, Bun.sleep(1)]);
      if (!over && performance.now() - started > 200) house.clock.advance(500);
    }
    const response = await done;
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("text/event-stream")) {
      await response.body?.cancel();
      return { status: response.status, type, text: "" };
    }
    return { status: response.status, type, text: await response.text() };
  }

  /** Ids of things that are there, from the list that the path goes on from: `/workspaces/{id}` from `/workspaces`. */
  async function realPath(path: string, cookie: string | undefined): Promise<string> {
    const parts: string[] = [];
    for (const part of path.split("/")) {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      const list = parts.join("/");
      if (name === undefined) parts.push(part);
      else if (name === "slug" && list.endsWith("/competitions")) parts.push(challenge);
      else parts.push((await firstIn(list, name, cookie)) ?? UNKNOWN);
    }
    return parts.join("/");
  }

  async function firstIn(
    list: string,
    name: string,
    cookie: string | undefined,
  ): Promise<string | undefined> {
    const known = operations.some(({ path, method }) => method === "GET" && path === list);
    if (!known || cookie === undefined) return undefined;
    const { data } = (await house.request("GET", list, { cookie })).body;
    const first: unknown = Array.isArray(data) ? data[0] : undefined;
    const value = typeof first === "object" && first !== null ? Reflect.get(first, name) : undefined;
    return typeof value === "string" ? value : undefined;
  }

  function expectRefusal(
    what: string,
    { status, type, text }: Awaited<ReturnType<typeof send>>,
    wrong: boolean,
  ): void {
    const said = `${what} → ${status} ${type} ${text.slice(0, 300)}`;
    expect(said).not.toMatch(/→ 5/);
    if (wrong) expect(said).toMatch(/→ 4\d\d application\/problem\+json \{"type":"\/problems\//);
  }

  const jsonOf = ({ operation: { requestBody } }: Operation): Schema | undefined => {
    const content = requestBody && "content" in requestBody ? requestBody.content : {};
    const schema = content["application/json"]?.schema;
    return schema === undefined || "$ref" in schema ? undefined : schema;
  };
  const takesFile = ({ operation: { requestBody } }: Operation) =>
    requestBody !== undefined && "content" in requestBody && "multipart/form-data" in requestBody.content;

  for (const role of ROLES) {
    test(`in the body, by ${role}: a problem that says so, never a failure of ours`, async () => {
      sent = 0;
      for (const operation of operations.filter(({ method }) => method !== "GET")) {
        const { method, path } = operation;
        const schema = jsonOf(operation);
        const bodies: HostileBody[] = [
          ...(takesFile(operation) ? BROKEN_FORMS : BROKEN_BODIES),
          ...(schema === undefined ? [] : hostileObjects(schema)),
        ];
        const cookie = await cookieOf(role);
        const at = { method, path: await realPath(path, cookie) };
        for (const { what, body, wrong } of bodies) {
          const headers = takesFile(operation) ? { headers: { "content-type": FORM } } : {};
          const answered = await send(at, cookie, { body, ...headers });
          expectRefusal(`${role}: ${method} ${path}, ${what}`, answered, wrong);
        }
      }
      expect(sent).toBeGreaterThan(400);
    });

    test(`in path, query and headers, by ${role}: never a failure of ours`, async () => {
      for (const { method, path, operation } of operations) {
        const cookie = await cookieOf(role);
        const real = await realPath(path, cookie);
        const named = (operation.parameters ?? []).flatMap((each) =>
          "in" in each && each.in === "query" ? [each.name] : [],
        );
        // Strangers are turned away before anything is looked at, nearly everywhere.
        for (const word of role === "nobody" ? HOSTILE_WORDS.slice(0, 4) : HOSTILE_WORDS) {
          const paths = [
            ...(path.includes("{") ? [path.replace(/\{\w+\}/g, word), lastReplaced(path, real, word)] : []),
            ...["limit", "cursor", ...named, word].map((name) => `${real}?${name}=${word}`),
          ];
          for (const target of method === "GET" ? paths : paths.slice(0, 2)) {
            const answered = await send({ method, path: target }, cookie);
            expectRefusal(`${role}: ${method} ${target.slice(0, 120)}`, answered, false);
          }
        }
        for (const headers of HOSTILE_HEADERS) {
          const answered = await send({ method, path: real }, cookie, { headers });
          expectRefusal(
            `${role}: ${method} ${path}, ${JSON.stringify(headers).slice(0, 80)}`,
            answered,
            false,
          );
        }
      }
    });
  }
});

/** Only the last name is odd, what is before it is there. */
function lastReplaced(path: string, real: string, word: string): string {
  const at = path.split("/").findLastIndex((part) => part.startsWith("{"));
  return real
    .split("/")
    .map((part, i) => (i === at ? word : part))
    .join("/");
}

const FORM = "multipart/form-data; boundary=b";
const part = (head: string, content = "x") => `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`;

const BROKEN_FORMS: readonly HostileBody[] = [
  ["no form", "x"],
  ["nothing", ""],
  ["only NUL", "\u0000".repeat(100)],
  ["no part", "--b--\r\n"],
  ["no end", "--b\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\nx"],
  ["no name", part("Content-Disposition: form-data")],
  ["a field for a file", part('Content-Disposition: form-data; name="file"')],
  ["NUL in the name", part('Content-Disposition: form-data; name="file"; filename="a\u0000.csv"')],
  ["a path for a name", part('Content-Disposition: form-data; name="file"; filename="../../x.csv"')],
  ["a megabyte of head", part(`Content-Disposition: form-data; name="${"x".repeat(2 ** 20)}"`)],
  ["invalid UTF-8", Buffer.concat([Buffer.from("--b\r\nContent-Disposition: "), Buffer.of(0xff, 0xfe)])],
].map(([what, body]) => ({ what: String(what), body: body as string | Uint8Array, wrong: true }));

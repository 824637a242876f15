import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

import { findChromium, openChromium } from "@medforge/chromium/chromium";
import type { Session } from "@medforge/contracts/sessions";
import { sessionHost } from "@medforge/core/hosts";
import { isSlug } from "@medforge/core/ids";
import type { Browser, BrowserContext, Page, Response } from "playwright-core";

import { type Front, openFront } from "./front.ts";
import { machineNamed } from "./named.ts";
import type { Person } from "./person.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

const APP = fileURLToPath(new URL("./listening-app.py", import.meta.url));
const EMPTY = "evil-was-here";

interface Stage {
  readonly session: Session;
  readonly host: string;
  readonly origin: string;
  /** Every request that its app got, as JSON lines. */
  heard(): Promise<string>;
}

/**
 * Eve runs what she likes in her session, and an admin looks at it with a real browser: it must not learn who the
 * admin is to the portal, nor act as the admin, nor keep the admin from logging in.
 */
describe.skipIf(!machineNamed || findChromium() === undefined)("a hostile session", () => {
  let front: Front;
  let portal: string;
  let evil: Stage;
  let other: Stage;
  let browser: Browser;
  beforeAll(async () => {
    front = await openFront();
    portal = `https://${front.portal}`;
    evil = await stage();
    other = await stage();
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await front?.close();
  });

  /** Somebody's session with an app that listens. */
  async function stage(): Promise<Stage> {
    const { who, ssh }: { who: Person; ssh: SshClient } = await front.house.newKeyHolder();
    const session = await who.running();
    if (!isSlug(session.slug)) throw new Error("a session has a slug");
    const host = sessionHost(front.domain, { slug: session.slug, exposure: "EXTERNAL", port: 8080 });
    expect((await ssh.scp(session, APP, "there:/workspace/app.py")).stderr).toBe("");
    const line =
      "cd /workspace; touch heard; setsid python3 app.py 8080 heard >log 2>&1 </dev/null & sleep 0.2";
    await ssh.say(session, line);
    await until(
      "the app to listen",
      10_000,
      async () =>
        (
          await ssh.run(
            session,
            "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", 8080))'",
          )
        ).exitCode === 0,
    );
    return {
      session,
      host,
      origin: `https://${host}`,
      heard: () => ssh.say(session, "cat /workspace/heard"),
    };
  }

  /** An admin in a browser of their own, logged in on the portal. */
  async function admin(): Promise<{ who: Person; context: BrowserContext; page: Page }> {
    const who = await front.house.newPerson({ admin: true });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const [name = "", value = ""] = who.cookie().split("=");
    await context.addCookies([
      { name, value, url: `${portal}/`, secure: true, httpOnly: true, sameSite: "Lax" },
    ]);
    return { who, context, page: await context.newPage() };
  }

  async function open(page: Page, url: string): Promise<Response> {
    const response = await page.goto(url);
    if (response === null) throw new Error(`${url} was not opened`);
    return response;
  }

  function redirectsOf(response: Response): number {
    let count = 0;
    for (let at = response.request().redirectedFrom(); at !== null; at = at.redirectedFrom()) count++;
    return count;
  }

  /** Who the portal takes the browser for, asked from a page of its own. */
  async function seenAs(context: BrowserContext): Promise<string> {
    const page = await context.newPage();
    await open(page, `${portal}/docs`);
    const id = await page.evaluate(async () => {
      const answer = (await (await fetch("/api/v2/me")).json()) as { data?: { id: string }; code?: string };
      return answer.data?.id ?? `nobody: ${answer.code}`;
    });
    await page.close();
    return id;
  }

  test("is shown to its visitor, and reads no cookie, ticket or name of ours in what it gets", async () => {
    const { who, context, page } = await admin();
    const shown = await open(page, `${evil.origin}/first`);
    expect([shown.status(), page.url()]).toEqual([200, `${evil.origin}/first`]);
    await page.evaluate(async () => {
      // A name that the app never sets: its answer to the browser's own request for an icon may come at any moment.
      Reflect.set(document, "cookie", "choice=dark; Path=/");
      await fetch("/again", { method: "POST", body: "words", headers: { "x-medforge-user": "forged" } });
      await new Promise((resolve) => {
        const socket = new WebSocket(`wss://${location.host}/socket`);
        socket.onclose = resolve;
        socket.onerror = resolve;
        setTimeout(() => resolve(socket.close()), 1_000);
      });
    });
    const heard = await evil.heard();
    for (const part of ["GET /first", "POST /again", "words", "GET /socket", "choice=dark"])
      expect(heard).toContain(part);
    const held = await context.cookies();
    expect(held.map(({ name }) => name)).toContain("__Host-medforge_app");
    const secrets = held.filter(({ name }) => name.startsWith("__Host-medforge_")).map(({ value }) => value);
    expect(secrets).toHaveLength(2);
    for (const secret of [...secrets, who.id, "ticket", "forged"]) expect(heard).not.toContain(secret);
    expect(heard.toLowerCase()).not.toMatch(/medforge_|x-medforge|x-upstream|authorization/);
    await context.close();
  });

  test("cannot break a login with cookies for the parent domain, however named, many and large", async () => {
    const { who, context, page } = await admin();
    await open(page, `${evil.origin}/`);
    const domain = front.portal.split(":")[0] ?? "";
    await page.evaluate(async (of) => {
      const names = ["__Host-medforge_session", "__host-medforge_session", "__Host-medforge_app", ""];
      const domains = [of, of.replace("external.", "")];
      for (const parent of domains) {
        const put = (pair: string) =>
          Reflect.set(document, "cookie", `${pair}; Domain=${parent}; Path=/; Secure`);
        for (const name of names) put(`${name}=evil`);
        // Some browsers once sent a cookie without a name as if it had the one in its value.
        put("=__Host-medforge_session=evil");
        for (let i = 0; i < 80; i++) put(`bomb${i}=${"x".repeat(4_000)}`);
      }
    }, domain);
    const portalPage = await context.newPage();
    await open(portalPage, `${portal}/docs`);
    // They are there, and the browser sends them.
    expect(await portalPage.evaluate(() => document.cookie.length)).toBeGreaterThan(200_000);
    expect(await seenAs(context)).toBe(who.id);

    const entered = await open(page, `${other.origin}/`);
    // To the portal, to the ticket, and back.
    expect([entered.status(), redirectsOf(entered)]).toEqual([200, 3]);
    expect(redirectsOf(await open(page, `${other.origin}/`))).toBe(0);

    const status = await portalPage.evaluate(async () => {
      const body = {
        email: `${crypto.randomUUID()}@example.org`,
        password: "a long password",
        display_name: "New",
      };
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/v2/auth/signup", { method: "POST", headers, body: JSON.stringify(body) }))
        .status;
    });
    expect(status).toBe(201);
    const fresh = await seenAs(context);
    expect(fresh).not.toBe(who.id);
    expect(fresh).not.toContain("nobody");
    await context.close();
  });

  test("cannot call the portal's API with its visitor's rights, by script, form, image, frame or socket", async () => {
    const { who, context, page } = await admin();
    await open(page, `${evil.origin}/`);
    const outcomes = await page.evaluate(async (at) => {
      const tried = async (work: () => Promise<unknown>) => {
        try {
          return String(await work());
        } catch (error) {
          return error instanceof Error ? error.name : "refused";
        }
      };
      const api = `${at}/api/v2`;
      const loaded = (element: HTMLElement, src: string) =>
        new Promise<string>((resolve) => {
          element.onload = () => resolve("loaded");
          element.onerror = () => resolve("refused");
          element.setAttribute("src", src);
          document.body.append(element);
        });
      const send = (path: string, init: RequestInit) =>
        tried(async () => (await fetch(api + path, { credentials: "include", ...init })).text());
      const plain = { "content-type": "text/plain" };
      return {
        read: await send("/me", {}),
        readOpaque: await send("/me", { mode: "no-cors" }),
        users: await send("/admin/users", {}),
        json: await send("/me/tokens", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: '{"name":"stolen","scopes":["admin"]}',
        }),
        logout: await send("/auth/logout", { method: "POST", mode: "no-cors", headers: plain }),
        tokens: await send("/me/tokens", { method: "POST", mode: "no-cors", headers: plain, body: "{}" }),
        remove: await send("/auth/sessions", { method: "DELETE" }),
        image: await loaded(document.createElement("img"), `${api}/me`),
        script: await loaded(document.createElement("script"), `${api}/me`),
        events: await new Promise<string>((resolve) => {
          const source = new EventSource(`${api}/me`, { withCredentials: true });
          source.onerror = () => resolve("refused");
          source.onopen = () => resolve("open");
        }),
        socket: await new Promise<string>((resolve) => {
          const socket = new WebSocket(`${at.replace("https", "wss")}/api/v2/me`);
          socket.onerror = () => resolve("refused");
          socket.onopen = () => resolve("open");
        }),
        beacon: await tried(async () => navigator.sendBeacon(`${api}/auth/logout`) && "sent"),
      };
    }, portal);
    expect(outcomes).toEqual({
      read: "TypeError",
      // Opaque is empty: the browser hands the page nothing of it.
      readOpaque: expect.stringMatching(/^(TypeError|)$/),
      users: "TypeError",
      json: "TypeError",
      logout: expect.stringMatching(/^(TypeError|)$/),
      tokens: expect.stringMatching(/^(TypeError|)$/),
      remove: "TypeError",
      image: "refused",
      script: "refused",
      events: "refused",
      socket: "refused",
      // It goes out; what the portal says to it is below.
      beacon: "sent",
    });
    // A form is a navigation: the browser sends the visitor's cookie with it, as all hosts here are one site.
    for (const path of ["/auth/logout", "/me/tokens", "/admin/invitations"]) {
      await open(page, `${evil.origin}/`);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${portal}/api/v2${path}`),
        page.evaluate((action) => {
          const form = document.createElement("form");
          Object.assign(form, { method: "POST", action, enctype: "text/plain" });
          document.body.append(form);
          form.submit();
        }, `${portal}/api/v2${path}`),
      ]);
      expect([path, answer.status()]).toEqual([path, 403]);
      expect(await answer.text()).toContain("origin_not_allowed");
    }
    expect(await seenAs(context)).toBe(who.id);
    expect(await who.expect<unknown[]>(200, "GET", "/me/tokens")).toEqual([]);
    expect(await who.expect<unknown[]>(200, "GET", "/admin/invitations")).toEqual([]);
    expect(await who.expect<unknown[]>(200, "GET", "/auth/sessions")).toHaveLength(1);
    await context.close();
  });

  test("cannot read another session, nor make its app hear anything, though its visitor is logged in there", async () => {
    const { context, page } = await admin();
    await open(page, `${other.origin}/welcome`);
    await open(page, `${evil.origin}/`);
    const outcomes = await page.evaluate(
      async ([there, mark]) => {
        const tried = async (init: RequestInit) => {
          try {
            return await (await fetch(`${there}/${mark}`, { credentials: "include", ...init })).text();
          } catch (error) {
            return error instanceof Error ? error.name : "refused";
          }
        };
        const element = (name: string) =>
          new Promise<string>((resolve) => {
            const made = document.createElement(name);
            made.onload = () => resolve("loaded");
            made.onerror = () => resolve("refused");
            made.setAttribute("src", `${there}/${mark}`);
            document.body.append(made);
          });
        return {
          read: await tried({}),
          opaque: await tried({ mode: "no-cors" }),
          write: await tried({ method: "POST", mode: "no-cors", body: mark ?? "" }),
          image: await element("img"),
          script: await element("script"),
          frame: await element("iframe").then((how) => {
            const inner = document.querySelector("iframe")?.contentDocument;
            return inner === null || inner === undefined ? "unreadable" : how;
          }),
          socket: await new Promise<string>((resolve) => {
            const socket = new WebSocket(`${String(there).replace("https", "wss")}/${mark}`);
            socket.onerror = () => resolve("refused");
            socket.onopen = () => resolve("open");
          }),
        };
      },
      [other.origin, EMPTY],
    );
    expect(outcomes).toEqual({
      read: "TypeError",
      // The refusal is nobody else's to read either.
      opaque: "TypeError",
      write: "TypeError",
      image: "refused",
      script: "refused",
      frame: "unreadable",
      socket: "refused",
    });
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url() === `${other.origin}/${EMPTY}-form`),
      page.evaluate((action) => {
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", action });
        document.body.append(form);
        form.submit();
      }, `${other.origin}/${EMPTY}-form`),
    ]);
    expect(answer.status()).toBe(403);
    const heard = await other.heard();
    expect(heard).toContain("GET /welcome");
    expect(heard).not.toContain(EMPTY);
    await context.close();
  });

  test("cannot frame the portal, whatever page of it", async () => {
    const { context, page } = await admin();
    for (const path of ["/", "/docs", "/api/v2/me", "/openapi.json", "/no-such-page"]) {
      await open(page, `${evil.origin}/`);
      await page.evaluate(
        (src) =>
          new Promise((resolve) => {
            const frame = document.createElement("iframe");
            frame.onload = resolve;
            frame.src = src;
            document.body.append(frame);
          }),
        `${portal}${path}`,
      );
      const frames = page.frames().map((frame) => frame.url());
      expect([path, ...frames]).toEqual([path, `${evil.origin}/`, "chrome-error://chromewebdata/"]);
    }
    await context.close();
  });
});

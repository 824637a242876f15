import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { BrowserContextOptions, Page } from "playwright-core";

import { furnish } from "./furnish.ts";
import { OF_ADMINS, OF_MEMBERS, OF_STRANGERS } from "./pages.ts";
import { ADMIN, openPortal, type Portal, signIn } from "./portal.ts";

/** The portal for somebody without a mouse, with large letters, with a screen reader, or whom motion makes ill. */
describe.if(databaseNamed)("the portal, whatever one sees it with", () => {
  let portal: Portal;
  let filledIn: (page: string) => string;
  beforeAll(async () => {
    portal = await openPortal();
    filledIn = await furnish(portal);
  }, 180_000);
  afterAll(() => portal?.close());

  async function asAdmin(options: BrowserContextOptions, see: (page: Page) => Promise<void>) {
    const context = await portal.browser.newContext(options);
    try {
      const page = await context.newPage();
      await signIn(page, portal.url, ADMIN);
      await see(page);
    } finally {
      await context.close();
    }
  }

  async function open(page: Page, path: string) {
    await page.goto(`${portal.url}${filledIn(path)}`);
    await page.locator("h1").first().waitFor();
    await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null);
  }

  /** What has the focus, as it is called. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const on = document.activeElement;
      return (on?.getAttribute("aria-label") ?? on?.textContent ?? "").trim().replace(/\s+/g, " ");
    });

  const DESKTOP = { viewport: { width: 1280, height: 900 } };

  test("with the keyboard alone: the first Tab leads past the header, and where one is can be seen", () =>
    asAdmin(DESKTOP, async (page) => {
      await open(page, "/workspaces/");
      await page.keyboard.press("Tab");
      expect(await focused(page)).toBe("Skip to the content");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      const inMain = await page.evaluate(() => document.activeElement?.closest("main") !== null);
      expect(inMain).toBe(true);
      const outline = await page.evaluate(
        () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
      );
      expect(outline).toBe("solid");
    }));

  test("Ctrl-K goes to any page by its name; Escape closes it and gives the focus back", () =>
    asAdmin(DESKTOP, async (page) => {
      await open(page, "/dashboard/");
      const opener = page.getByRole("button", { name: "Go to a page" });
      await opener.focus();
      await page.keyboard.press("Control+k");
      const box = page.getByRole("dialog", { name: "Go to" });
      const search = box.getByRole("searchbox");
      await page.waitForFunction(() => document.activeElement?.matches('[role="dialog"] input') === true);
      await page.keyboard.press("Escape");
      await box.waitFor({ state: "detached" });
      await page.waitForFunction(
        () => document.activeElement?.matches('[aria-keyshortcuts="Control+K"]') === true,
      );
      await page.keyboard.press("Control+k");
      await search.fill("datas");
      await page.keyboard.press("Enter");
      await page.waitForURL((to) => to.pathname === "/datasets/");
    }));

  test("a dialog keeps the focus while it is open, and gives it back to its button", () =>
    asAdmin(DESKTOP, async (page) => {
      await open(page, "/admin/users/");
      const button = page
        .getByRole("row", { name: /member1@example.org/ })
        .getByRole("button", { name: "Disable" });
      await button.focus();
      await page.keyboard.press("Enter");
      const box = page.getByRole("dialog");
      await box.waitFor();
      await page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]') !== null);
      for (let press = 0; press < 6; press++) {
        await page.keyboard.press("Tab");
        expect(await page.evaluate(() => document.activeElement?.closest('[role="dialog"]') !== null)).toBe(
          true,
        );
      }
      await page.keyboard.press("Escape");
      await box.waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement?.textContent === "Disable");
    }));

  test("the account's menu opens, is walked and closes by keys", () =>
    asAdmin(DESKTOP, async (page) => {
      await open(page, "/dashboard/");
      await page.locator('header button[aria-haspopup="true"]').focus();
      await page.keyboard.press("Enter");
      await page.getByRole("menu").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
      await page.waitForFunction(() => document.activeElement?.closest("header") !== null);
    }));

  test(
    "at 200 % no page scrolls sideways",
    () =>
      asAdmin({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }, async (page) => {
        const faults: string[] = [];
        for (const path of [...OF_STRANGERS, ...OF_MEMBERS, ...OF_ADMINS]) {
          await open(page, path);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (over > 0) faults.push(`${path} by ${over} px`);
        }
        expect(faults).toEqual([]);
      }),
    180_000,
  );

  test("with reduced motion nothing moves, not even while a list is waited for", () =>
    asAdmin({ ...DESKTOP, reducedMotion: "reduce" }, async (page) => {
      const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
      await page.route("**/api/v2/workspaces*", async (route) => {
        await answered;
        await route.continue();
      });
      await page.goto(`${portal.url}/workspaces/`);
      await page.locator('main [aria-busy="true"] [role="status"]').waitFor();
      await page.waitForFunction(() =>
        document.getAnimations().every(({ playState }) => playState === "finished"),
      );
      answer();
      await page.getByRole("table", { name: "Your workspaces" }).waitFor();
    }));

  test(
    "for a screen reader: landmarks, one first heading, and moves of a session that are announced",
    () =>
      asAdmin(DESKTOP, async (page) => {
        for (const path of [...OF_MEMBERS, ...OF_ADMINS]) {
          await open(page, path);
          const tree = await page.locator("body").ariaSnapshot();
          const marks = ["- banner:", '- navigation "Main":', "- main:", "- contentinfo:"];
          const missing = marks.filter((mark) => !tree.includes(mark));
          const first = tree.match(/heading .*\[level=1\]/g) ?? [];
          expect(`${path} lacks ${missing.join(" ")}; ${first.length} first headings`).toBe(
            `${path} lacks ; 1 first headings`,
          );
        }
        await open(page, "/sessions/<session>/");
        const live = page.locator('main [aria-live="polite"]').filter({ hasText: "running" });
        await live.waitFor();
      }),
    180_000,
  );

  test("a list that fails says what the server said, its code and the request, and is there when asked again", () =>
    asAdmin(DESKTOP, async (page) => {
      const lists = {
        "/workspaces/": "workspaces",
        "/datasets/": "external/datasets",
        "/admin/users/": "admin/users",
        "/competitions/": "external/competitions",
      };
      for (const [path, route] of Object.entries(lists)) {
        const address = new RegExp(`/api/v2/${route}(\\?|$)`);
        await page.route(address, (asked) =>
          asked.fulfill({
            status: 503,
            contentType: "application/problem+json",
            body: JSON.stringify({
              type: "about:blank",
              title: "The database does not answer",
              status: 503,
              detail: "Try again in a minute.",
              instance: "urn:uuid:1",
              code: "database_unavailable",
              request_id: "request-17",
            }),
          }),
        );
        await page.goto(`${portal.url}${path}`);
        const said = page.locator("main").getByRole("alert");
        await said.getByText("Try again in a minute.").waitFor();
        await said.getByText(/database_unavailable.*request-17/).waitFor();
        await page.unroute(address);
        await said.getByRole("button", { name: "Try again" }).click();
        await said.waitFor({ state: "detached" });
      }
    }));
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { axeFaults } from "./axe.ts";
import { furnish } from "./furnish.ts";
import { OF_ADMINS, OF_MEMBERS, OF_STRANGERS } from "./pages.ts";
import { ADMIN, openPortal, type Portal, signIn, watchedPage } from "./portal.ts";

const WIDTHS = [1280, 390];

describe.if(databaseNamed)("every page, wide and narrow, light and dark", () => {
  let portal: Portal;
  let filledIn: (page: string) => string;
  beforeAll(async () => {
    portal = await openPortal();
    filledIn = await furnish(portal);
  }, 180_000);
  afterAll(() => portal?.close());

  async function look(paths: readonly string[], colorScheme: "light" | "dark", as?: typeof ADMIN) {
    // Axe is put into the page by the test; our policy would rightly refuse it.
    const context = await portal.browser.newContext({
      colorScheme,
      bypassCSP: false,
      reducedMotion: "reduce",
    });
    const faults: string[] = [];
    try {
      const { page, complaints } = await watchedPage(context);
      if (as !== undefined) await signIn(page, portal.url, as);
      for (const path of paths.map(filledIn)) {
        await page.setViewportSize({ width: WIDTHS[0] ?? 0, height: 900 });
        await page.goto(`${portal.url}${path}`);
        await page.locator("h1").first().waitFor();
        await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (over > 0) faults.push(`${path} at ${width} px scrolls sideways by ${over} px`);
          faults.push(
            ...(await axeFaults(page)).map((fault) => `${path} at ${width} px, ${colorScheme}: ${fault}`),
          );
        }
      }
      return [...faults, ...complaints];
    } finally {
      await context.close();
    }
  }

  test.each(["light", "dark"] as const)(
    "strangers' pages: %s",
    async (scheme) => expect(await look(OF_STRANGERS, scheme)).toEqual([]),
    120_000,
  );

  test.each(["light", "dark"] as const)(
    "pages of members: %s",
    async (scheme) => expect(await look(OF_MEMBERS, scheme, ADMIN)).toEqual([]),
    180_000,
  );

  test.each(["light", "dark"] as const)(
    "pages of admins: %s",
    async (scheme) => expect(await look(OF_ADMINS, scheme, ADMIN)).toEqual([]),
    180_000,
  );

  test("a page that does not exist says so, and a member's page sends a stranger to the login and back", async () => {
    const context = await portal.browser.newContext();
    const { page } = await watchedPage(context, [404]);
    const gone = await page.goto(`${portal.url}/nowhere/at/all`);
    expect(gone?.status()).toBe(404);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.goto(`${portal.url}/workspaces/`);
    await page.waitForURL(
      (to) => to.pathname === "/login/" && to.searchParams.get("next") === "/workspaces/",
    );
    await context.close();
  });
});

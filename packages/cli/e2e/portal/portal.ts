import { rmSync } from "node:fs";

import { openChromium } from "@medforge/chromium/chromium";
import { readConfig } from "@medforge/server/config";
import type { Browser, BrowserContext, Page } from "playwright-core";

import { withDeps } from "../../src/book.ts";
import { CHECKOUT, places } from "../../src/host/places.ts";
import { ensureSite } from "../../src/host/site.ts";
import { seedCompetitions } from "../../src/up/first-competitions.ts";
import { prepare } from "../../src/up/prepare.ts";
import { openStack, type Stack } from "../stack.ts";

export const ADMIN = { email: "admin@localhost", password: "a battery staple, correct" } as const;

/** The portal as `./medforge up --runtime memory` serves it, with its first competitions, and a browser. */
export interface Portal {
  readonly url: string;
  readonly stack: Stack;
  readonly browser: Browser;
  close(): Promise<void>;
}

export async function openPortal(): Promise<Portal> {
  // Before the server starts: it reads at its start which files there are.
  await ensureSite(CHECKOUT);
  const stack = await openStack();
  const at = places(stack.folder);
  const browser = await openChromium();
  await withDeps(readConfig(stack.environment), async (deps) => {
    await prepare(at, deps, ADMIN);
    await seedCompetitions(deps);
  });
  return {
    url: stack.url,
    stack,
    browser,
    close: async () => {
      await browser.close();
      await stack.close();
      rmSync(at.sockets, { recursive: true, force: true });
    },
  };
}

/** A page, and everything that it complained about: no page of ours may. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

/** @param allowed statuses that the test provokes; Chromium writes each failed request to its console */
export async function watchedPage(
  context: BrowserContext,
  allowed: readonly number[] = [],
): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (allowed.some((status) => message.text().includes(`status of ${status}`))) return;
    complaints.push(`${new URL(page.url()).pathname}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${new URL(page.url()).pathname}: ${error.message}`));
  return { page, complaints };
}

export async function signIn(
  page: Page,
  url: string,
  as: { readonly email: string; readonly password: string },
) {
  await page.goto(`${url}/login/?next=/dashboard/`);
  await page.getByLabel("E-mail").fill(as.email);
  await page.getByLabel("Password").fill(as.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((to) => to.pathname === "/dashboard/");
}

/**
 * `bun run screenshots <origin> <admin's password>`: fills a `./medforge up` that has just been started in this checkout
 * with people, submissions and a session, as they would do it, and writes the pictures of docs/screenshots.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openChromium } from "@medforge/chromium/chromium";
import type { Page } from "playwright-core";

import { CHECKOUT } from "../../src/host/places.ts";
import { until } from "../stack.ts";
import { fillBoards, login } from "./members.ts";

const [origin, password] = process.argv.slice(2);
if (origin === undefined || password === undefined) {
  console.error("usage: bun run screenshots <https://external.medforge.localhost:8602> <admin's password>");
  process.exit(2);
}

const TARGET = join(CHECKOUT, "docs/screenshots");
/** Long enough for lines in the charts. */
const SAMPLED_MS = 75_000;
/** Something to look at, in the terminal and in the charts. */
const WORK = [
  "nproc; free -h; df -h /workspace | tail -1",
  "head -c 200M /dev/urandom > scans.bin; sha256sum scans.bin",
  "timeout 60 sh -c 'while :; do sha256sum scans.bin >sums.txt; done'",
];

mkdirSync(TARGET, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "medforge-screenshots-"));
const browser = await openChromium();

async function picture(page: Page, name: string, path: string, ready: (page: Page) => Promise<unknown>) {
  await page.goto(`${origin}${path}`);
  await ready(page);
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.screenshot({ path: join(TARGET, `${name}.png`) });
  console.log(`  docs/screenshots/${name}.png`);
}

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();

try {
  const admin = await login(browser, origin, { email: "admin@localhost", password });
  const ada = await fillBoards(browser, origin, folder);
  const { page } = ada;

  const session = await ada.post("/external/sessions", {});
  await until("the session to run", 60_000, async () => {
    return (await ada.get(`/external/sessions/${session.id}`)).state === "RUNNING";
  });
  const at = `/sessions/${session.slug}/`;
  await picture(page, "terminal", `${at}terminal/`, async () => {
    const rows = page.locator(".xterm-rows");
    await rows.getByText("$").first().waitFor();
    for (const line of WORK) {
      await page.keyboard.type(line);
      await page.keyboard.press("Enter");
    }
    await rows.getByText(/^[0-9a-f]{64}/).waitFor({ timeout: 60_000 });
  });
  await page.waitForTimeout(SAMPLED_MS);
  await picture(page, "session", at, text("CPU"));

  await picture(page, "home", "/", text("MedForge"));
  await picture(page, "dashboard", "/dashboard/", text("survivors.csv"));
  const board = "/competitions/phantom-lesion-segmentation/";
  await picture(page, "competition", board, text("How it is measured"));
  await picture(page, "leaderboard", `${board}leaderboard/`, text("Noor Haddad"));
  await picture(page, "pre-check", "/competitions/titanic-survival/submit/", async () => {
    const buffer = Buffer.from("PassengerId,Survived\n892,1\n893,yes\n893,0\n12,1\n");
    await page
      .getByLabel("A CSV file")
      .setInputFiles({ name: "survivors.csv", mimeType: "text/csv", buffer });
    await page.getByText("not fit to be sent").waitFor();
  });
  await picture(page, "dataset", "/datasets/phantom-lesion/", async () => {
    await page.getByRole("button", { name: /^Volumes/ }).click();
    const files = page.getByRole("region", { name: "Files of the dataset" });
    await files.waitFor();
    // The list keeps in the page what is in sight only.
    await files.evaluate((list) => {
      list.scrollTop = list.scrollHeight / 2;
    });
    await page.getByRole("button", { name: /^Preview train\/images\/case-03/ }).click();
    const preview = page.getByRole("region", { name: /^Preview of/ });
    await preview.getByLabel("Axial slice").waitFor();
    await preview.scrollIntoViewIfNeeded();
  });
  await picture(page, "workspace", "/workspaces/", text("main"));

  const dark = await login(browser, origin, { email: "admin@localhost", password }, "dark");
  await picture(dark.page, "admin", "/admin/", text("MF-DB-0"));
  await picture(admin.page, "gpus", "/admin/gpus/", text("Drain"));
  await ada.post(`/external/sessions/${session.id}/stop`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { command } from "@medforge/runtime/command";
import { writeZip } from "@medforge/scoring";
import { LABELS, manifest } from "@medforge/server/competitions/testing-bundle";
import type { BrowserContext, Page, Request } from "playwright-core";

import { until } from "../stack.ts";
import { ADMIN, openPortal, type Portal, signIn, watchedPage } from "./portal.ts";

const ADA = { email: "ada@example.org", password: "correct horse battery" } as const;

/** What people do in the portal, in the order in which they do it. */
describe.if(databaseNamed)("the portal, in Chromium", () => {
  let portal: Portal;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    portal = await openPortal();
    context = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
    ({ page, complaints } = await watchedPage(context, [409, 422]));
  }, 180_000);
  afterAll(async () => {
    await context?.close();
    await portal?.close();
  });

  test("sign up, and what a password lacks is said while it is typed", async () => {
    await page.goto(`${portal.url}/signup/`);
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("E-mail").fill(ADA.email);
    await page.getByLabel("Password").fill("short");
    await page.getByText("5 more characters needed").waitFor();
    expect(await page.getByRole("button", { name: "Make an account" }).isDisabled()).toBe(true);
    await page.getByLabel("Password").fill(ADA.password);
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.waitForURL((to) => to.pathname === "/onboarding/");
  });

  test("a key: a wrong one is refused with its rule, a right one is shown with its fingerprint", async () => {
    await page.getByLabel("Public key").fill("ssh-rsa AAAA nonsense");
    await page.getByRole("button", { name: "Add the key" }).click();
    await page.getByText("invalid_ssh_key").waitFor();
    const file = join(portal.stack.folder, "id");
    await command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f", file]);
    await page.getByLabel("Public key").fill(await Bun.file(`${file}.pub`).text());
    await page.getByRole("button", { name: "Add the key" }).click();
    await page.getByText(/SHA256:/).waitFor();
    await page.getByText("That is all it takes").waitFor();
  });

  test("a session: its states appear by themselves, and how to get in", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.waitForURL((to) => /^\/sessions\/[a-z2-7]{8}\/$/.test(to.pathname));
    const happened = page.getByRole("list");
    await happened.getByText("starting", { exact: true }).waitFor();
    await happened.getByText("running", { exact: true }).waitFor();
    await page.getByText(/^ssh -p \d+ medforge@/).waitFor();
    await page.getByText("simulated", { exact: false }).first().waitFor();
  });

  test("a session's page listens to one stream, however often it asks for the session anew", async () => {
    const streams: string[] = [];
    const onRequest = (request: Request) => {
      if (request.url().endsWith("/events")) streams.push(request.url());
    };
    page.on("request", onRequest);
    await page.reload();
    await page.getByRole("list").getByText("running", { exact: true }).waitFor();
    const asked = page.waitForResponse((response) => response.url().includes("/sessions?slug="));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await asked;
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
    );
    expect(streams).toHaveLength(1);
    page.off("request", onRequest);
  });

  test("a terminal in the page: it echoes, keeps Ctrl-K, and is found again after a reload", async () => {
    await page.getByRole("link", { name: "Open a terminal here" }).click();
    const rows = page.locator(".xterm-rows");
    await rows.getByText("This session is pretended").waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("echo hello");
    await page.keyboard.press("Enter");
    await rows
      .getByText(/echo hello/)
      .nth(1)
      .waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.reload();
    await rows
      .getByText(/echo hello/)
      .nth(1)
      .waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  });

  test("stop asks first, and the end comes with a snapshot", async () => {
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Stop it" }).click();
    await page.getByRole("list").getByText("stopped", { exact: true }).waitFor();
    await page.getByText(/^stop-\d+$/).waitFor();
  });

  test("a name that the server refuses: what is wrong with it stands at its field, once", async () => {
    await page.getByRole("link", { name: "Workspaces", exact: true }).click();
    await page.getByRole("link", { name: "main" }).click();
    await page.getByLabel("Take one now").fill("Not A Name");
    await page.getByRole("button", { name: "Take a snapshot" }).click();
    await page.getByRole("alert").getByText("invalid_request").waitFor();
    const field = page.getByLabel("Take one now");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const faultId = (await field.getAttribute("aria-describedby"))?.split(" ").at(-1);
    expect(await page.locator(`[id="${faultId}"]`).textContent()).not.toBe("");
    expect(await page.getByRole("alert").getByRole("listitem").count()).toBe(0);
  });

  test("a snapshot is taken and restored, and what was there before stays", async () => {
    await page.getByLabel("Take one now").fill("before-cleaning");
    await page.getByRole("button", { name: "Take a snapshot" }).click();
    const row = page.getByRole("row", { name: /before-cleaning/ });
    await row.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: "Restore it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page
      .getByRole("row", { name: /restore-|before-restore|safety/ })
      .first()
      .waitFor();
    await row.waitFor();
  });

  test("the pre-check refuses a bad file with its rows before a byte is sent", async () => {
    const sent: string[] = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    await page.goto(`${portal.url}/competitions/titanic-survival/submit/`);
    await page.getByLabel("A CSV file").setInputFiles({
      name: "bad.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("PassengerId,Survived\n1,7\nx,1\n"),
    });
    await page.getByText("not fit to be sent").waitFor();
    await page.getByRole("row", { name: /row 2, column Survived .* value_out_of_range/ }).waitFor();
    await page.getByRole("row", { name: /row 3, column PassengerId .* id_unknown/ }).waitFor();
    expect(await page.getByRole("button", { name: /^Submit / }).count()).toBe(0);
    expect(sent).toEqual([]);
  });

  test("a good file is checked, sent and scored, and its score appears without a reload, on the board too", async () => {
    const demo = await portal.stack.medforge("demo-submission", "titanic-survival");
    expect(`${demo.exitCode} ${demo.stderr}`).toBe("0 ");
    await page.getByLabel("A CSV file").setInputFiles(join(portal.stack.folder, "titanic-survival-demo.csv"));
    await page.getByText("Fit to be sent").waitFor();
    await page.getByRole("button", { name: /^Submit / }).click();
    await page.getByRole("link", { name: /Follow it/ }).click();
    await page.getByText("scored", { exact: true }).waitFor();
    const score = await page.getByRole("row", { name: /titanic-survival-demo/ }).textContent();
    expect(score).toMatch(/\b0\.\d+/);
    await page.getByRole("link", { name: "Leaderboard" }).click();
    await page
      .getByRole("row", { name: /Ada you/ })
      .first()
      .waitFor();
  });

  test("the dashboard shows what was submitted last, with its state and score", async () => {
    await page.getByRole("link", { name: "Dashboard", exact: true }).click();
    const mine = page.getByRole("listitem").filter({ hasText: "titanic-survival-demo.csv" });
    await mine.getByText("scored", { exact: true }).waitFor();
    expect(await mine.textContent()).toMatch(/scored *0\.\d+/);
  });

  test("a handle is chosen, and the profile shows what was entered, without points where answers are public", async () => {
    await page.goto(`${portal.url}/settings/`);
    await page.getByLabel("Handle").fill("admin");
    const save = page.getByRole("button", { name: "Save", exact: true });
    await save.click();
    await page.getByText("is taken").first().waitFor();
    await page.getByLabel("Handle").fill("ada-lovelace");
    await save.click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("button", { name: "Ada", exact: true }).click();
    await page.getByRole("menuitem", { name: "Your profile" }).click();
    await page.waitForURL((to) => to.pathname === "/profile/ada-lovelace/");
    await page.getByRole("heading", { name: "Ada", exact: true }).waitFor();
    const entry = page.getByRole("row", { name: /Titanic/ });
    expect(await entry.textContent()).toMatch(/1 of 1.*0\.\d+.*answers are public/);
    await page.getByRole("link", { name: "Rankings", exact: true }).click();
    await page.getByText("No competition on this portal counts yet").waitFor();
    await page.getByText(/log10\(1 \+ log10 n\)/).waitFor();
    await page.getByRole("link", { name: /Titanic/ }).waitFor();
  });

  test("a file that went away while it was to be read is said, and nothing waits for it", async () => {
    await page.goto(`${portal.url}/competitions/titanic-survival/submit/`);
    const file = join(portal.stack.folder, "gone.csv");
    await Bun.write(file, "PassengerId,Survived\n1,1\n");
    await page.getByLabel("Predictions: a CSV").setInputFiles(file);
    await page.getByLabel("References: a CSV").setInputFiles(file);
    await Bun.file(file).delete();
    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByRole("alert").getByText("page_error").waitFor();
    expect(await page.getByRole("button", { name: "Measure" }).isEnabled()).toBe(true);
  });

  test("masks are checked in the browser against the geometry, too", async () => {
    const demo = await portal.stack.medforge("demo-submission", "phantom-lesion-segmentation");
    expect(`${demo.exitCode} ${demo.stderr}`).toBe("0 ");
    await page.goto(`${portal.url}/competitions/phantom-lesion-segmentation/submit/`);
    await page
      .getByLabel("A zip of")
      .first()
      .setInputFiles(join(portal.stack.folder, "phantom-lesion-segmentation-demo.zip"));
    await page.getByText("Fit to be sent").waitFor();
  });

  test("what an admin announces stands on the dashboard, on every page if it is critical, until it is ended", async () => {
    const office = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const admin = await watchedPage(office);
    await signIn(admin.page, portal.url, ADMIN);
    await admin.page.goto(`${portal.url}/admin/announcements/`);
    await admin.page.getByLabel("Title").fill("Power cut on Sunday");
    await admin.page.getByLabel("Text").fill("**Save** your work. <script>alert(1)</script>");
    await admin.page.getByRole("button", { name: "Announce it" }).click();
    const row = admin.page.getByRole("row", { name: /Power cut on Sunday/ });
    await row.getByText("shown", { exact: true }).waitFor();

    await page.goto(`${portal.url}/dashboard/`);
    const told = page.getByRole("region", { name: "Announcements" });
    await told.locator("strong", { hasText: "Save" }).waitFor();
    await told.getByText("<script>alert(1)</script>").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);

    await row.getByRole("button", { name: "Edit" }).click();
    await admin.page.getByLabel("Severity").selectOption("critical");
    await admin.page.getByRole("button", { name: "Save the announcement" }).click();
    await row.getByText("critical", { exact: true }).waitFor();
    await page.goto(`${portal.url}/workspaces/`);
    await page.getByRole("alert").getByText("Power cut on Sunday").waitFor();

    await row.getByRole("button", { name: "End", exact: true }).click();
    await admin.page.getByRole("button", { name: "End it" }).click();
    await row.getByText("ended", { exact: true }).waitFor();
    expect(admin.complaints).toEqual([]);
    await office.close();
    const asked = page.waitForResponse((response) => response.url().endsWith("/external/announcements"));
    await page.reload();
    await (await asked).finished();
    await page.getByRole("heading", { name: "Workspaces" }).waitFor();
    expect(await page.getByText("Power cut on Sunday").count()).toBe(0);
  });

  test("who waits for a GPU is told the place, and that nobody can say how long yet", async () => {
    // As many as there are GPUs, so that the next one waits.
    const rivals = [];
    for (let gpu = 0; gpu < 2; gpu++) {
      const rival = await portal.stack.newMember();
      const taken = await rival.ask("POST", "/external/sessions", {});
      expect(`${taken.status} ${taken.text}`).toStartWith("201");
      rivals.push({ rival, path: `/external/sessions/${taken.data.id}` });
    }
    await page.goto(`${portal.url}/sessions/`);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("Place 1 in the queue").waitFor();
    await page.getByText(/How long it takes is not known/).waitFor();
    await page.getByText(/nobody can promise when it starts at the latest/).waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Leave the queue" }).click();
    await page.getByRole("list").getByText("stopped", { exact: true }).waitFor();
    for (const { rival, path } of rivals) {
      await rival.ask("POST", `${path}/stop`);
      await until(
        `${path} STOPPED`,
        30_000,
        async () => (await rival.ask("GET", path)).data.state === "STOPPED",
      );
    }
  });

  test("an admin sees doctor's codes, and a bundle is checked before it is imported", async () => {
    const office = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const admin = await watchedPage(office, [422]);
    await signIn(admin.page, portal.url, ADMIN);
    await admin.page.goto(`${portal.url}/admin/`);
    await admin.page.getByRole("listitem").filter({ hasText: "MF-DB-0" }).getByText("ok").waitFor();
    await admin.page.getByRole("listitem").filter({ hasText: "MF-SCORE-0" }).waitFor();

    await admin.page.goto(`${portal.url}/admin/competitions/`);
    const choose = async (files: Readonly<Record<string, string>>) => {
      const entries = Object.entries(files).map(
        ([name, text]) => [name, new TextEncoder().encode(text)] as const,
      );
      await admin.page.getByLabel("A zip of the bundle").setInputFiles({
        name: "bundle.zip",
        mimeType: "application/zip",
        buffer: Buffer.from(writeZip(Object.fromEntries(entries))),
      });
    };
    const good = {
      "competition.json": manifest({ ...LABELS, slug: "by-browser", title: "By browser" }),
      "holdout/holdout.csv": "id,label\na,1\nb,0\nc,1\nd,1\n",
      "public/ids.csv": "id\na\nb\nc\nd\n",
      "sample_submission.csv": "id,label\na,0\nb,0\nc,0\nd,0\n",
    };
    await choose({
      ...good,
      "competition.json": manifest({ ...LABELS, metrics: [{ name: "guess", primary: true }] }),
    });
    await admin.page
      .getByRole("alert")
      .getByText("competition.json, metrics[0].name", { exact: true })
      .waitFor();
    expect(await admin.page.getByRole("button", { name: "Import it" }).count()).toBe(0);
    await choose(good);
    await admin.page.getByText("By browser: nothing wrong with it").waitFor();
    await admin.page.getByText("The sample submission scores 0.25").waitFor();
    expect(await admin.page.getByRole("row", { name: /by-browser/ }).count()).toBe(0);
    await admin.page.getByRole("button", { name: "Import it" }).click();
    await admin.page.getByRole("row", { name: /by-browser/ }).waitFor();
    expect(admin.complaints).toEqual([]);
    await office.close();
  });

  test("an admin drains a GPU and disables a user, who is out at once", async () => {
    const office = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const admin = await watchedPage(office);
    await signIn(admin.page, portal.url, ADMIN);
    await admin.page.goto(`${portal.url}/admin/gpus/`);
    await admin.page.getByRole("button", { name: "Drain" }).first().click();
    await admin.page.getByRole("button", { name: "Drain it" }).click();
    await admin.page.getByText("disabled", { exact: true }).waitFor();

    await admin.page.goto(`${portal.url}/admin/users/`);
    const row = admin.page.getByRole("row", { name: /ada@example.org/ });
    await row.getByRole("button", { name: "Disable" }).click();
    await admin.page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await row.getByText("disabled", { exact: true }).waitFor();
    expect(admin.complaints).toEqual([]);
    await office.close();

    await page.goto(`${portal.url}/workspaces/`);
    await page.waitForURL((to) => to.pathname === "/login/");
  });

  test("no page complained: no console error, no violated policy", () => {
    expect(complaints).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findChromium } from "@medforge/chromium/chromium";
import type { Session } from "@medforge/contracts/sessions";
import { must } from "@medforge/server/e2e/house";
import { machineNamed } from "@medforge/server/e2e/named";
import type { BrowserContext, Page } from "playwright-core";

import { signIn, watchedPage } from "./portal.ts";
import { openRealPortal, type RealPortal } from "./real-portal.ts";

const ADA = { email: "ada@example.org", password: "correct horse battery" } as const;
const ROOT = { email: "root@example.org", password: "a battery staple, correct" } as const;
/** Promised for a logout, whatever is open. */
const CLOSED_MS_MAX = 5_000;
/** Real containers, and two cores for all of it. */
const SEEN_MS_MAX = 30_000;

/** What people do in the portal, in the order in which they do it, on real things. */
describe.skipIf(!machineNamed || findChromium() === undefined)("the portal on the real stack", () => {
  let portal: RealPortal;
  let external: string;
  let internal: string;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let session: Session;
  beforeAll(async () => {
    portal = await openRealPortal();
    external = portal.origin("EXTERNAL");
    internal = portal.origin("INTERNAL");
    context = await newContext();
    // 401 is what an open page hears when its login has ended; 404 what the other portal's competition is here.
    ({ page, complaints } = await watchedPage(context, [401, 404]));
  }, 180_000);
  afterAll(async () => {
    await context?.close();
    await portal?.close();
  });

  async function newContext(): Promise<BrowserContext> {
    const made = await portal.browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 900 },
    });
    made.setDefaultTimeout(SEEN_MS_MAX);
    return made;
  }

  /** The newest session that has not ended, as the page's own surface shows it. */
  async function currentSession(on: Page): Promise<Session> {
    const surface = new URL(on.url()).hostname.split(".")[0];
    return on.evaluate(
      async (path) => ((await (await fetch(path)).json()) as { data: Session }).data,
      `/api/v2/${surface}/sessions/current`,
    );
  }

  const rowsOf = (on: Page) => on.locator(".xterm-rows");
  async function typeLine(line: string): Promise<void> {
    await page.keyboard.type(line);
    await page.keyboard.press("Enter");
  }
  async function openTerminal(): Promise<void> {
    await page.goto(`${external}/sessions/${session.slug}/terminal/`);
    await rowsOf(page).getByText("$").first().waitFor();
  }

  test("from sign-up and a key to a session that ssh gets into, its states live", async () => {
    const ssh = await portal.front.house.newSshClient();
    await page.goto(`${external}/signup/`);
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("E-mail").fill(ADA.email);
    await page.getByLabel("Password").fill(ADA.password);
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.getByLabel("Public key").fill(ssh.publicKey);
    await page.getByRole("button", { name: "Add the key" }).click();
    await page.getByText(/SHA256:/).waitFor();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const happened = page.getByRole("list");
    await happened.getByText("starting", { exact: true }).waitFor();
    await happened.getByText("running", { exact: true }).waitFor();
    session = await currentSession(page);
    await page.getByText(`ssh -p ${session.ssh?.port} medforge@`).first().waitFor();
    expect(await ssh.say(session, "echo first > notes.txt; hostname")).not.toBe("");
  });

  test("a terminal runs a real shell, and a reload finds the same one with what it printed", async () => {
    await page.getByRole("link", { name: "Open a terminal here" }).click();
    await rowsOf(page).getByText("$").first().waitFor();
    await typeLine("MARK=kept; cat /workspace/notes.txt; echo $((6*7))-here");
    await rowsOf(page).getByText("42-here").waitFor();
    await page.reload();
    await rowsOf(page).getByText("42-here").waitFor();
    await typeLine("echo $MARK-again");
    await rowsOf(page).getByText("kept-again").waitFor();
  });

  test("what listens in the session is linked, and what listens on 127.0.0.1 only says so", async () => {
    const serve = (words: string) => `(python3 -m http.server ${words} >/dev/null 2>&1 &)`;
    await typeLine(`cd /workspace; ${serve("8080")}; ${serve("8888 --bind 127.0.0.1")}`);
    await page.goto(`${external}/sessions/${session.slug}/`);
    await page.getByText("listens on 127.0.0.1 only").waitFor();
    const [app] = await Promise.all([
      context.waitForEvent("page"),
      page.getByRole("link", { name: new RegExp(`^s-${session.slug}\\.external\\.`) }).click(),
    ]);
    await app.getByRole("link", { name: "notes.txt" }).waitFor();
    expect(new URL(app.url()).host).toBe(`s-${session.slug}.${new URL(external).host}`);

    // That page is the session's own, with the visitor's cookies: it gets no shell by them.
    const heard = await app.evaluate(
      (address) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(address);
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("refused");
        }),
      `${external.replace("https:", "wss:")}/api/v2/external/sessions/${session.id}/terminal?columns=80&rows=24`,
    );
    expect(heard).toBe("refused");
    await app.close();
  });

  test("its page draws what it uses and shows its log", async () => {
    await page.getByRole("button", { name: "Show it" }).click();
    await page.getByText("Server listening on 0.0.0.0 port 22").waitFor();
    const memory = page.getByRole("figure").filter({ hasText: "Memory" });
    await memory.getByText(/^\d+(\.\d)? MiB$/).waitFor();
    await memory.locator("canvas").waitFor();
  });

  test("signing out in another tab closes the terminal within 5 s", async () => {
    await openTerminal();
    const other = await context.newPage();
    await other.goto(`${external}/dashboard/`);
    await other.getByRole("button", { name: "Ada" }).click();
    await other.getByRole("menuitem", { name: "Sign out" }).click();
    await page
      .getByText("Your login or your right to be here has ended.")
      .waitFor({ timeout: CLOSED_MS_MAX });
    await other.waitForURL((to) => to.pathname === "/");
    await other.close();
    await signIn(page, external, ADA);
  });

  test("stop asks first, and the end comes by itself, with a snapshot", async () => {
    await page.goto(`${external}/sessions/${session.slug}/`);
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect((await currentSession(page)).state).toBe("RUNNING");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("button", { name: "Stop it" }).click();
    await page.getByRole("list").getByText("stopped", { exact: true }).waitFor();
    await page.getByText(/^stop-\d+$/).waitFor();
    expect(await portal.front.house.leftOf([session])).toEqual([]);
  });

  test("a snapshot is restored: the files are what they were, and what they replaced is kept", async () => {
    await page.getByRole("link", { name: "Workspaces", exact: true }).click();
    await page.getByRole("link", { name: "main" }).click();
    await page.getByLabel("Take one now").fill("before-cleaning");
    await page.getByRole("button", { name: "Take a snapshot" }).click();
    const row = page.getByRole("row", { name: /before-cleaning/ });
    await row.waitFor();
    const mounts = await must(["zfs", "list", "-H", "-r", "-o", "mountpoint", portal.front.house.zfsRoot]);
    const folder = mounts.split("\n").find((path) => path.endsWith(session.workspace.id)) ?? "";
    writeFileSync(join(folder, "notes.txt"), "spoiled\n");
    await row.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: "Restore it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("row", { name: /before-restore-/ }).waitFor();
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("first\n");
  });

  test("a bad file is refused with its rows, a good one is scored, and the board shows it by itself", async () => {
    const choose = (text: string) =>
      page
        .getByLabel("A CSV file")
        .setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.goto(`${external}/competitions/open-ward/submit/`);
    await choose("id,label\na,7\nx,1\nc,1\nd,1\n");
    await page.getByRole("row", { name: /row 2, column label .* value_out_of_range/ }).waitFor();
    await page.getByRole("row", { name: /row 3, column id .* id_unknown/ }).waitFor();
    expect(await page.getByRole("button", { name: /^Submit / }).count()).toBe(0);
    await choose("id,label\na,1\nb,0\nc,1\nd,0\n");
    await page.getByText("Fit to be sent").waitFor();
    await page.getByRole("button", { name: /^Submit / }).click();
    await page.getByRole("link", { name: /Follow it/ }).click();
    await page.getByText(/^waiting/).waitFor();
    portal.front.house.startWorker();
    await page.getByText("scored", { exact: true }).waitFor();
    // Three of four labels are right.
    expect(await page.getByRole("row", { name: /mine\.csv/ }).textContent()).toContain("0.75");
    await page.getByRole("link", { name: "Leaderboard" }).click();
    await page
      .getByRole("row", { name: /Ada you/ })
      .first()
      .waitFor();
  });

  test("an admin gives the right to the internal portal, which says that nothing leaves and shows nothing else", async () => {
    const office = await newContext();
    const admin = await watchedPage(office);
    await newAdmin(admin.page);
    await admin.page.goto(`${external}/admin/users/`);
    const ada = admin.page.getByRole("row", { name: /ada@example.org/ });
    await ada.getByRole("button", { name: "Give internal" }).click();
    await admin.page.getByRole("button", { name: "Give the right" }).click();
    await ada.getByText("internal", { exact: true }).waitFor();
    expect(admin.complaints).toEqual([]);
    await office.close();

    await page.goto(`${internal}/`);
    await page.getByText("Internal · nothing leaves").waitFor();
    await page.getByText("This is the internal portal. Nothing leaves").waitFor();
    // A login of its own: the external portal's is another host's.
    await signIn(page, internal, ADA);
    await page.goto(`${internal}/sessions/`);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("list").getByText("running", { exact: true }).waitFor();
    const inside = await currentSession(page);
    await shows(internal, inside.slug, "Closed ward", ["Open ward", session.slug]);
    await shows(external, session.slug, "Open ward", ["Closed ward", inside.slug]);
    await page.goto(`${external}/sessions/${inside.slug}/`);
    await page.getByText("There is no such session").waitFor();
    await page.goto(`${external}/competitions/closed-ward/`);
    await page.getByText("not_found").waitFor();
  });

  /** An account that is an admin's from now on, logged in in this page. */
  async function newAdmin(on: Page): Promise<void> {
    const { house } = portal.front;
    const { password, email } = ROOT;
    await house.stranger().expect(201, "POST", "/auth/signup", { email, password, display_name: "Root" });
    const user = await house.db.users.byEmail(email);
    await house.db.users.update(user?.id ?? "", { role: "admin" });
    await signIn(on, external, ROOT);
  }

  /** Sessions, competitions and datasets of this portal, by what must and must not be there. */
  async function shows(origin: string, slug: string, title: string, never: readonly string[]): Promise<void> {
    for (const [path, expected] of [
      ["sessions", slug],
      ["competitions", title],
      ["datasets", `${title}: data`],
    ] as const) {
      await page.goto(`${origin}/${path}/`);
      await page.getByRole("link", { name: expected, exact: true }).waitFor();
      const text = await page.locator("main").textContent();
      for (const other of never)
        expect([origin, path, text]).not.toEqual([origin, path, expect.stringContaining(other)]);
    }
  }

  test("an admin drains a GPU and disables a user, whose open page says so by itself", async () => {
    const office = await newContext();
    const admin = await watchedPage(office);
    await signIn(admin.page, external, ROOT);
    await admin.page.goto(`${external}/admin/gpus/`);
    await admin.page.getByRole("button", { name: "Drain" }).first().click();
    await admin.page.getByRole("button", { name: "Drain it" }).click();
    await admin.page.getByText(/^(disabled|draining)$/).waitFor();
    expect((await portal.front.house.db.gpus.withHolders()).filter(({ enabled }) => !enabled)).toHaveLength(
      1,
    );

    await page.goto(`${internal}/sessions/`);
    await page
      .getByRole("link", { name: /^[a-z2-7]{8}$/ })
      .first()
      .waitFor();
    await admin.page.goto(`${external}/admin/users/`);
    const row = admin.page.getByRole("row", { name: /ada@example.org/ });
    await row.getByRole("button", { name: "Disable" }).click();
    await admin.page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
    await row.getByText("disabled", { exact: true }).waitFor();
    await page.getByText("Your login has ended").waitFor();
    await page.getByRole("link", { name: "Sign in", exact: true }).first().click();
    await page.waitForURL((to) => to.pathname === "/login/" && to.searchParams.get("next") === "/sessions/");
    expect(admin.complaints).toEqual([]);
    await office.close();
  });

  test("no page complained: no console error, no violated policy", () => {
    expect(complaints).toEqual([]);
  });
});

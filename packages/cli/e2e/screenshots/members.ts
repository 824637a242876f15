import { command } from "@medforge/runtime/command";
import type { Browser, Page } from "playwright-core";

import { CHECKOUT } from "../../src/host/places.ts";
import { until } from "../stack.ts";
import { noisyTable, reshapedMasks } from "./predictions.ts";

export interface Member {
  /** A page of the portal, logged in. */
  readonly page: Page;
  post(path: string, data?: object): Promise<Row>;
  get(path: string): Promise<Row>;
}

type Row = Readonly<Record<string, unknown>>;

const SCORED_MS_MAX = 120_000;
const VIEWPORT = { width: 1280, height: 860 };

/** Nobody's names. How each of them changes the sample submissions is what tells their scores apart. */
const PEOPLE = [
  { name: "Ada Meyer", grow: 1, flip: 0.02 },
  { name: "Noor Haddad", grow: 2, flip: 0.11 },
  { name: "Jun Tanaka", grow: 0, flip: 0.07 },
  { name: "Elif Demir", grow: 3, flip: 0.2 },
  { name: "Sam Okafor", grow: -1, flip: 0.05 },
  { name: "Ines Castro", grow: -2, flip: 0.3 },
] as const;

/** A login in a browser of its own. Accounts are made where they are not there yet. */
export async function login(
  browser: Browser,
  origin: string,
  as: { readonly email: string; readonly password: string; readonly name?: string },
  colorScheme: "light" | "dark" = "light",
): Promise<Member> {
  const context = await browser.newContext({ viewport: VIEWPORT, ignoreHTTPSErrors: true, colorScheme });
  const page = await context.newPage();
  await page.goto(`${origin}/login/`);
  const credentials = { email: as.email, password: as.password };
  if (as.name === undefined) await ask(page, "POST", "/auth/login", credentials);
  else await ask(page, "POST", "/auth/signup", { ...credentials, display_name: as.name });
  return {
    page,
    post: (path, data) => ask(page, "POST", path, data),
    get: (path) => ask(page, "GET", path),
  };
}

/** Everybody signs up, and submits to both of the first competitions; resolves when all is scored. */
export async function fillBoards(browser: Browser, origin: string, folder: string): Promise<Member> {
  const demos = {
    "phantom-lesion-segmentation": `${folder}/demo.zip`,
    "titanic-survival": `${folder}/demo.csv`,
  } as const;
  for (const [slug, to] of Object.entries(demos)) {
    const { exitCode, stderr } = await command([`${CHECKOUT}/medforge`, "demo-submission", slug, "--to", to]);
    if (exitCode !== 0) throw new Error(stderr);
  }
  let first: Member | undefined;
  for (const [seed, { name, grow, flip }] of PEOPLE.entries()) {
    const email = `${name.toLowerCase().replace(" ", ".")}@example.org`;
    const member = await login(browser, origin, { email, password: "correct horse battery", name });
    first ??= member;
    const masks = await reshapedMasks(await Bun.file(demos["phantom-lesion-segmentation"]).bytes(), grow);
    await submit(member, "phantom-lesion-segmentation", "masks.zip", masks);
    const table = noisyTable(await Bun.file(demos["titanic-survival"]).text(), flip, seed);
    await submit(member, "titanic-survival", "survivors.csv", table);
  }
  if (first === undefined) throw new Error("nobody signed up");
  const watcher = first;
  for (const slug of Object.keys(demos)) {
    await until(`all lines of ${slug}`, SCORED_MS_MAX, async () => {
      const board = await watcher.get(`/external/competitions/${slug}/leaderboard`);
      return (board.lines as readonly unknown[]).length === PEOPLE.length;
    });
  }
  return first;
}

async function submit({ page }: Member, slug: string, name: string, bytes: Uint8Array): Promise<void> {
  const sent = { path: `/api/v2/external/competitions/${slug}/submissions`, name, base64: bytes.toBase64() };
  const [ok, said] = await page.evaluate(async ({ path, name, base64 }) => {
    const form = new FormData();
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    form.append("file", new Blob([bytes]), name);
    const answer = await fetch(path, { method: "POST", body: form });
    return [answer.ok, await answer.text()] as const;
  }, sent);
  if (!ok) throw new Error(`${slug}: ${said}`);
}

/** Asks from a page: only Chromium knows where `*.localhost` is. */
async function ask(page: Page, method: string, path: string, data?: object): Promise<Row> {
  const [ok, said] = await page.evaluate(
    async ([method, url, body]) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(url, body === undefined ? { method } : { method, headers, body });
      return [answer.ok, await answer.text()] as const;
    },
    [method, `/api/v2${path}`, data === undefined ? undefined : JSON.stringify(data)] as const,
  );
  if (!ok) throw new Error(`${method} ${path}: ${said}`);
  return said === "" ? {} : JSON.parse(said).data;
}

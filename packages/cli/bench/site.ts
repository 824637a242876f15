import type { Page, Request } from "playwright-core";

import { furnish } from "../e2e/portal/furnish.ts";
import { OF_ADMINS, OF_MEMBERS, OF_STRANGERS } from "../e2e/portal/pages.ts";
import { ADMIN, openPortal, type Portal, signIn } from "../e2e/portal/portal.ts";
import { table } from "../src/progress.ts";

/**
 * `bun run bench:site [part of a path]`: what each page of the built portal costs before anybody touches it, with rows on
 * it, in Chromium slowed down four times. The API serves the files, from this machine. Sizes are of the JavaScript that was asked for, compressed with gzip as Caddy does; the largest paint and the
 * blocking time (what is over 50 ms of every task, web.dev/articles/tbt) are medians of a few visits with an empty cache.
 */

const SLOWDOWN = 4;
const VISITS = 5;
/** After its lists have arrived nothing of a page's own start is left by then. */
const SETTLED_MS = 700;
const POLLED_MS = 100;
/** The terminal, charts and viewers: they come when a page has something for them to show, and are counted apart. */
const WHEN_USED = /\/(xterm|addon-fit|uPlot|niivue)/;
const GOALS = { kilobytes: 100, paintMs: 1_000, blockingMs: 100 } as const;
interface Visit {
  readonly kilobytes: number;
  readonly whenUsedKilobytes: number;
  readonly paintMs: number;
  readonly blockingMs: number;
}

/** Runs before the page's own scripts, so that nothing is missed. */
const OBSERVE = `
  window.measured = { paintMs: 0, blockingMs: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.paintMs = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.blockingMs += Math.max(0, entry.duration - 50);
  }).observe({ type: "longtask", buffered: true });
`;

/** Of scripts, by address: kB as gzip makes of them. */
const weights = new Map<string, number>();

async function kilobytesOf(scripts: readonly string[]): Promise<number> {
  let sum = 0;
  for (const url of scripts) {
    const known = weights.get(url) ?? Bun.gzipSync(await (await fetch(url)).bytes()).length / 1000;
    weights.set(url, known);
    sum += known;
  }
  return sum;
}

async function visit(page: Page, url: string): Promise<Visit> {
  const scripts = new Set<string>();
  const onRequest = (request: Request) => {
    if (request.resourceType() === "script") scripts.add(request.url());
  };
  page.on("request", onRequest);
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null, undefined, {
    polling: POLLED_MS,
  });
  await page.waitForTimeout(SETTLED_MS);
  page.off("request", onRequest);
  const measured = (await page.evaluate("window.measured")) as Pick<Visit, "paintMs" | "blockingMs">;
  return {
    kilobytes: await kilobytesOf([...scripts].filter((url) => !WHEN_USED.test(url))),
    whenUsedKilobytes: await kilobytesOf([...scripts].filter((url) => WHEN_USED.test(url))),
    ...measured,
  };
}

async function measure(
  portal: Portal,
  pages: readonly string[],
  filledIn: (page: string) => string,
  as?: typeof ADMIN,
): Promise<string[][]> {
  const context = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    if (as !== undefined) await signIn(page, portal.url, as);
    await page.addInitScript(OBSERVE);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    const rows: string[][] = [];
    for (const path of pages) {
      const visits: Visit[] = [];
      for (let n = 0; n < VISITS; n++) visits.push(await visit(page, `${portal.url}${filledIn(path)}`));
      const median = (of: (visit: Visit) => number) =>
        visits.map(of).sort((a, b) => a - b)[VISITS >> 1] ?? Number.NaN;
      const found = {
        kilobytes: median(({ kilobytes }) => kilobytes),
        whenUsedKilobytes: median(({ whenUsedKilobytes }) => whenUsedKilobytes),
        paintMs: median(({ paintMs }) => paintMs),
        blockingMs: median(({ blockingMs }) => blockingMs),
      };
      const held = (Object.keys(GOALS) as (keyof typeof GOALS)[]).every((goal) => found[goal] < GOALS[goal]);
      rows.push([
        path,
        found.kilobytes.toFixed(1),
        found.whenUsedKilobytes.toFixed(1),
        found.paintMs.toFixed(0),
        found.blockingMs.toFixed(0),
        held ? "held" : "NOT HELD",
      ]);
    }
    return rows;
  } finally {
    await context.close();
  }
}

const wanted = process.argv[2] ?? "/";
const named = (pages: readonly string[]) => pages.filter((page) => page.includes(wanted));
const portal = await openPortal();
try {
  const filledIn = await furnish(portal);
  const rows = [
    ...(await measure(portal, named(OF_STRANGERS), filledIn)),
    ...(await measure(portal, named([...OF_MEMBERS, ...OF_ADMINS]), filledIn, ADMIN)),
  ];
  console.log(
    `Chromium ${portal.browser.version()}, CPU slowed down ${SLOWDOWN} times, medians of ${VISITS} visits`,
  );
  console.log(
    table([
      [
        "PAGE",
        `JS kB (< ${GOALS.kilobytes})`,
        "WHEN USED kB",
        `PAINT ms (< ${GOALS.paintMs})`,
        `BLOCKED ms (< ${GOALS.blockingMs})`,
        "GOALS",
      ],
      ...rows,
    ]),
  );
} finally {
  await portal.close();
}

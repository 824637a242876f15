import type { Page } from "playwright-core";

import { ADMIN, openPortal, type Portal, signIn } from "../e2e/portal/portal.ts";
import { table } from "../src/progress.ts";

/**
 * `bun run bench:site`: what each page of the built portal costs before anybody touches it, in Chromium slowed down four
 * times. Sizes are of the JavaScript that was asked for, compressed with gzip as Caddy does; the largest paint and the
 * blocking time (what is over 50 ms of every task, web.dev/articles/tbt) are medians of a few visits with an empty cache.
 */

const SLOWDOWN = 4;
const VISITS = 5;
/** After the largest paint nothing of a page's own start is left by then. */
const SETTLED_MS = 1_000;
const GOALS = { kilobytes: 100, paintMs: 1_000, blockingMs: 100 } as const;
const OF_STRANGERS = ["/", "/login/", "/signup/", "/status/"];
const OF_MEMBERS = [
  "/dashboard/",
  "/onboarding/",
  "/sessions/",
  "/workspaces/",
  "/competitions/",
  "/competitions/phantom-lesion-segmentation/",
  "/competitions/phantom-lesion-segmentation/leaderboard/",
  "/competitions/phantom-lesion-segmentation/submit/",
  "/competitions/phantom-lesion-segmentation/history/",
  "/datasets/",
  "/datasets/phantom-lesion/",
  "/settings/",
  "/admin/",
  "/admin/users/",
  "/admin/audit/",
];

interface Visit {
  readonly kilobytes: number;
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

async function visit(page: Page, url: string): Promise<Visit> {
  let bytes = 0;
  const sizes: Promise<void>[] = [];
  const onResponse = (response: Awaited<ReturnType<Page["waitForResponse"]>>) => {
    if (response.request().resourceType() !== "script") return;
    sizes.push(
      response.body().then((body) => {
        bytes += Bun.gzipSync(new Uint8Array(body)).length;
      }),
    );
  };
  page.on("response", onResponse);
  await page.goto(url);
  await page.waitForTimeout(SETTLED_MS);
  page.off("response", onResponse);
  await Promise.all(sizes);
  const measured = (await page.evaluate("window.measured")) as Omit<Visit, "kilobytes">;
  return { kilobytes: bytes / 1000, ...measured };
}

async function measure(portal: Portal, paths: readonly string[], as?: typeof ADMIN): Promise<string[][]> {
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
    for (const path of paths) {
      const visits: Visit[] = [];
      for (let n = 0; n < VISITS; n++) visits.push(await visit(page, `${portal.url}${path}`));
      const median = (of: (visit: Visit) => number) =>
        visits.map(of).sort((a, b) => a - b)[VISITS >> 1] ?? Number.NaN;
      const found = {
        kilobytes: median(({ kilobytes }) => kilobytes),
        paintMs: median(({ paintMs }) => paintMs),
        blockingMs: median(({ blockingMs }) => blockingMs),
      };
      const held = (Object.keys(GOALS) as (keyof typeof GOALS)[]).every((goal) => found[goal] < GOALS[goal]);
      rows.push([
        path,
        found.kilobytes.toFixed(1),
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

const portal = await openPortal();
try {
  const rows = [...(await measure(portal, OF_STRANGERS)), ...(await measure(portal, OF_MEMBERS, ADMIN))];
  console.log(
    `Chromium ${portal.browser.version()}, CPU slowed down ${SLOWDOWN} times, medians of ${VISITS} visits`,
  );
  console.log(
    table([
      [
        "PAGE",
        `JS kB (< ${GOALS.kilobytes})`,
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

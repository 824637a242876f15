import { fileURLToPath } from "node:url";

import { type Browser, chromium } from "playwright-core";

const WITHOUT_NETLINK = fileURLToPath(new URL("./chromium-without-netlink.py", import.meta.url));
/** Beside Playwright's own, which already keep Chromium from the network at home, from syncing and from updating. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"] as const;

/** Where Chromium is; undefined when it is not installed. */
export function findChromium(): string | undefined {
  return Bun.which("chromium") ?? undefined;
}

/**
 * Debian's Chromium without a window, with a profile of its own that is empty at the start and gone at the end. Close
 * it with `await browser.close()`, or hold it with `await using`. What it loads is not cut off when containers start
 * or stop beside it.
 * @param flags more of Chromium's command line, for instance `--js-flags=…`
 * @throws Error when Chromium is not installed
 */
export async function openChromium(flags: readonly string[] = []): Promise<Browser> {
  if (findChromium() === undefined) throw new Error("Chromium is missing: apt-get install chromium");
  return chromium.launch({ executablePath: WITHOUT_NETLINK, headless: true, args: [...FLAGS, ...flags] });
}

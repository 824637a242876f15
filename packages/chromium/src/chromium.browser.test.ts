import { expect, test } from "bun:test";

import { findChromium, openChromium } from "./chromium.ts";

test.skipIf(findChromium() === undefined)(
  "a page opens without a window, and nothing of one browser is left for the next",
  async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("here") });
    const visit = async () => {
      await using browser = await openChromium();
      const page = await browser.newPage();
      await page.goto(server.url.href);
      return await page.evaluate(() => {
        const before = localStorage.length;
        localStorage.setItem("visited", "yes");
        return `${document.body.textContent}, ${before} kept`;
      });
    };
    expect(await visit()).toBe("here, 0 kept");
    expect(await visit()).toBe("here, 0 kept");
  },
);

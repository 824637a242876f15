import { expect, test } from "bun:test";
import { createSecureServer } from "node:http2";

import { findChromium, openChromium } from "./chromium.ts";

/** Adds an interface to this network namespace: only where the run says that the namespace is for tests. */
const named = process.env.MEDFORGE_TEST_FIREWALL === "1";

async function run(...argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
  return new Response(child.stdout).text();
}

async function addAddress(): Promise<void> {
  await run("ip", "link", "add", "chromium-test", "type", "veth", "peer", "name", "chromium-peer");
  await run("ip", "address", "add", "10.254.254.1/30", "dev", "chromium-test");
  for (const end of ["chromium-test", "chromium-peer"]) await run("ip", "link", "set", end, "up");
}

test.skipIf(!named || findChromium() === undefined)(
  "a page that is loading over HTTP/2 stays when an address appears on the machine and goes",
  async () => {
    const made = await run(
      ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1".split(" "),
      ..."-subj /CN=localhost -keyout - -out -".split(" "),
    );
    const server = createSecureServer({ key: made, cert: made }, async (_request, response) => {
      await addAddress();
      await run("ip", "link", "delete", "chromium-test");
      // Chromium gathers such news for a while before it acts on them.
      await Bun.sleep(3_000);
      response.end("here");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    try {
      await using browser = await openChromium();
      const page = await browser.newPage({ ignoreHTTPSErrors: true });
      await page.goto(`https://localhost:${address.port}/`);
      expect(await page.evaluate(() => document.body.textContent)).toBe("here");
    } finally {
      server.close();
    }
  },
);

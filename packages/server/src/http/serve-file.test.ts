import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { serveFile } from "./serve-file.ts";

const BYTES = 2 ** 29;
const GROWN_BYTES_MAX = 2 ** 26;
/** A client in a process of its own, so that what it holds is not counted. */
const CLIENT = `
  let bytes = 0;
  for await (const piece of (await fetch(process.argv[1])).body) bytes += piece.length;
  console.log(bytes);
`;

const peakBytes = () =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;

test("a file of any size is given out without being held", async () => {
  const folder = mkdtempSync(join(tmpdir(), "medforge-serve-file-"));
  const path = join(folder, "large");
  writeFileSync(path, "");
  // Of holes only: it takes no room on the disk.
  truncateSync(path, BYTES);
  const file = { path, name: "large", bytes: BYTES, sha256: "0", contentType: "application/octet-stream" };
  using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => serveFile(request, file) });
  try {
    const before = peakBytes();
    const client = Bun.spawn([process.execPath, "-e", CLIENT, server.url.href], { stdout: "pipe" });
    expect(Number(await new Response(client.stdout).text())).toBe(BYTES);
    expect(peakBytes() - before).toBeLessThan(GROWN_BYTES_MAX);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Elysia } from "elysia";

import { PAGE_POLICY } from "../../http/headers.ts";

/** What `bun run --cwd site build` made; `./medforge up` does that. */
export const SITE_DIR = fileURLToPath(new URL("../../../../../site/dist", import.meta.url));

const NOT_BUILT = `<!doctype html><html lang="en"><title>MedForge</title><h1>The portal is not built</h1>
<p>Run <code>./medforge up</code>, or <code>bun run --cwd site build</code> and start the server again.
The API works without it: <a href="/docs">/docs</a>.</p></html>`;
/** Answered by routes, for programs: a wrong path below these gets a problem, not a page. */
const NOT_PAGES = /^\/(api|docs|problems|openapi\.json|healthz|readyz)(\/|$)/;
/** Their names change with what they hold (`site/astro.config.ts`). */
const HASHED = /^\/assets\//;

/**
 * The portal's files, answered before any route is looked for: they are the same for everybody, logged in or not.
 * Behind Caddy the same files are Caddy's to serve. What is in the folder is read once, at start: a request picks from
 * that list and never names a path of the disk.
 */
export function siteFiles(dir: string = SITE_DIR) {
  const files = filesIn(dir);
  return (app: Elysia) =>
    app.onRequest(({ request }) => {
      if (request.method !== "GET" && request.method !== "HEAD") return;
      const { pathname, search } = new URL(request.url);
      const name = fileAt(files, pathname);
      if (name !== undefined) {
        // One address for every page, so that relative links and the navigation agree.
        if (name.endsWith("/index.html") && !pathname.endsWith("/")) {
          return new Response(null, { status: 308, headers: { location: `${pathname}/${search}` } });
        }
        return fileResponse(dir, name, 200);
      }
      const navigates = request.headers.get("sec-fetch-mode") === "navigate";
      if (pathname !== "/" && (!navigates || NOT_PAGES.test(pathname))) return;
      if (files.has("/404.html")) return fileResponse(dir, "/404.html", 404);
      return new Response(NOT_BUILT, {
        status: pathname === "/" ? 200 : 404,
        headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
      });
    });
}

/** "/sessions/abc/" is built as "/sessions/_/index.html": a name stands where the page has `_`. */
export function fileAt(files: ReadonlySet<string>, pathname: string): string | undefined {
  if (files.has(pathname) && !pathname.endsWith(".html")) return pathname;
  const parts = pathname.replace(/\/$/, "").split("/");
  const exact = `${parts.join("/")}/index.html`;
  if (files.has(exact)) return exact;
  if (parts.length < 3) return undefined;
  const named = `${[...parts.slice(0, 2), "_", ...parts.slice(3)].join("/")}/index.html`;
  return files.has(named) ? named : undefined;
}

function filesIn(dir: string): ReadonlySet<string> {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
    return new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(dir.length)),
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Set();
    throw error;
  }
}

function fileResponse(dir: string, name: string, status: number): Response {
  return new Response(Bun.file(join(dir, name)), {
    status,
    headers: {
      "content-security-policy": PAGE_POLICY,
      "cache-control": HASHED.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}

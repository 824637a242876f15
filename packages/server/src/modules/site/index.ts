import { MedforgeError } from "@medforge/core/errors";

import { PAGE_POLICY } from "../../http/headers.ts";
import { router } from "../../http/router.ts";

/** The one page there is so far. Its files are named here: nothing else of the folder is served. */
const FILES: Readonly<Record<string, string>> = {
  "status.js": "text/javascript; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
};

export function siteRoutes() {
  return router("")
    .get("/", () => file("index.html", "text/html; charset=utf-8"))
    .get("/site/:file", ({ params }) => {
      const type = Object.hasOwn(FILES, params.file) ? FILES[params.file] : undefined;
      if (type === undefined) throw new MedforgeError("not_found", "The portal begins at /.");
      return file(params.file, type);
    });
}

function file(name: string, type: string): Response {
  return new Response(Bun.file(new URL(`../../../../../site/src/${name}`, import.meta.url)), {
    headers: { "content-type": type, "content-security-policy": PAGE_POLICY, "cache-control": "no-cache" },
  });
}

import { fileURLToPath } from "node:url";

import { MedforgeError } from "@medforge/core/errors";
import type { AnyElysia } from "elysia";

import { PAGE_POLICY } from "../../http/headers.ts";
import { router } from "../../http/router.ts";
import { openApiDocument } from "./openapi.ts";

/** /openapi.json and /docs. Swagger UI comes from its package, so that it works without the internet. */

const SWAGGER_FILES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MedForge API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });\n`;

/** @param whole the app that holds every route, once all are added */
export function docsRoutes(whole: () => AnyElysia, version: string) {
  let document: string | undefined;
  return router("")
    .get("/openapi.json", () => {
      document ??= JSON.stringify(openApiDocument(whole(), version));
      return new Response(document, { headers: { "content-type": "application/json" } });
    })
    .get("/docs", () => page(PAGE, "text/html; charset=utf-8"))
    .get("/docs/:file", ({ params }) => {
      if (params.file === "start.js") return page(START, "text/javascript; charset=utf-8");
      const type = Object.hasOwn(SWAGGER_FILES, params.file) ? SWAGGER_FILES[params.file] : undefined;
      if (type === undefined) throw new MedforgeError("not_found", "The API is described at /docs.");
      const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${params.file}`));
      return page(Bun.file(path), type, "public, max-age=86400");
    });
}

function page(body: string | Blob, type: string, cache = "no-cache"): Response {
  return new Response(body, {
    headers: { "content-type": type, "content-security-policy": PAGE_POLICY, "cache-control": cache },
  });
}

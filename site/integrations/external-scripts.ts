import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { AstroIntegration } from "astro";

/** A script that stands in the page itself: no `src`, and not data for another script. */
const INLINE = /<script((?:(?!\ssrc=|\stype="application\/)[^>])*)>([\s\S]+?)<\/script>/g;

/**
 * Astro writes the loader of its islands into every page. Our policy allows no script that stands in a page
 * (`script-src 'self'`), so each becomes a file named by what it holds, in the same place and just as early.
 */
export function externalScripts(): AstroIntegration {
  return {
    name: "external-scripts",
    hooks: {
      "astro:build:done": async ({ dir }) => {
        const root = fileURLToPath(dir);
        for (const name of await readdir(root, { recursive: true })) {
          if (!name.endsWith(".html")) continue;
          const page = join(root, name);
          const html = await readFile(page, "utf8");
          const scripts = new Map<string, string>();
          const without = html.replace(INLINE, (_, attributes: string, code: string) => {
            const file = `assets/inline.${createHash("sha256").update(code).digest("hex").slice(0, 8)}.js`;
            scripts.set(file, code);
            return `<script${attributes} src="/${file}"></script>`;
          });
          for (const [file, code] of scripts) await writeFile(join(root, file), code);
          await writeFile(page, without);
        }
      },
    },
  };
}

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { AstroIntegration } from "astro";

/** What Astro's loader will ask for: an island's own module, and the one that draws it. */
const MODULE = /\b(?:component|renderer)-url="\/([^"]+)"/g;

/**
 * Tells each page at its top every module that its islands will need. Without it a browser learns of a module only when
 * the one that imports it has been read: half a second of one after the other on a slow machine.
 */
export function preloadIslands(): AstroIntegration {
  const imports = new Map<string, readonly string[]>();
  return {
    name: "preload-islands",
    hooks: {
      "astro:config:setup": ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [
              {
                name: "imports-of-modules",
                generateBundle(_, bundle) {
                  for (const made of Object.values(bundle)) {
                    if (made.type === "chunk") imports.set(made.fileName, made.imports);
                  }
                },
              },
            ],
          },
        });
      },
      "astro:build:done": async ({ dir }) => {
        const root = fileURLToPath(dir);
        for (const name of await readdir(root, { recursive: true })) {
          if (!name.endsWith(".html")) continue;
          const html = await readFile(join(root, name), "utf8");
          const islands = [...html.matchAll(MODULE)].map(([, module]) => module ?? "");
          const links = [...withImports(islands, imports)].map(
            (module) => `<link rel="modulepreload" href="/${module}">`,
          );
          await writeFile(join(root, name), html.replace("</head>", `${links.join("")}</head>`));
        }
      },
    },
  };
}

/** Of modules, and of what they import, each once. */
function withImports(
  modules: readonly string[],
  imports: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const needed = new Set(modules);
  // A set that grows while it is walked is walked to its new end.
  for (const module of needed) for (const other of imports.get(module) ?? []) needed.add(other);
  return needed;
}

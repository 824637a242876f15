import solid from "@astrojs/solid-js";
import tailwind from "@tailwindcss/vite";
import { defineConfig, passthroughImageService } from "astro/config";

import { externalScripts } from "./integrations/external-scripts.ts";
import { preloadIslands } from "./integrations/preload-islands.ts";

/**
 * Files only: Caddy serves them, or the API where there is no Caddy. A page whose address holds a name
 * (`/sessions/<slug>`) is built once, as `/sessions/_`; whoever serves the files puts `_` where the name stands.
 */
export default defineConfig({
  output: "static",
  build: { format: "directory", assets: "assets", inlineStylesheets: "never" },
  integrations: [solid(), externalScripts(), preloadIslands()],
  devToolbar: { enabled: false },
  image: { service: passthroughImageService() },
  vite: { plugins: [tailwind()], build: { assetsInlineLimit: 0 } },
});

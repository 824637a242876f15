import { openChromium } from "@medforge/chromium/chromium";
import { portalOrigin } from "@medforge/core/hosts";
import type { Exposure } from "@medforge/core/session";
import { importBundle } from "@medforge/server/competitions/import";
import { bundlePlace, dataset, LABELS, labels, manifest } from "@medforge/server/competitions/testing-bundle";
import { readConfig } from "@medforge/server/config";
import { type Front, openFront } from "@medforge/server/e2e/front";
import { SITE_DIR } from "@medforge/server/modules/site/index";
import type { Browser } from "playwright-core";

import { withDeps } from "../../src/book.ts";
import { CHECKOUT } from "../../src/host/places.ts";
import { ensureSite } from "../../src/host/site.ts";

/** The portal as people have it: server, MariaDB, Docker, ZFS, firewall and Caddy are real, in a lab. */
export interface RealPortal {
  /** Its house has no worker until `startWorker`: what is submitted waits. */
  readonly front: Front;
  readonly browser: Browser;
  /** Of the portal with this exposure. */
  origin(exposure: Exposure): string;
  close(): Promise<void>;
}

export async function openRealPortal(): Promise<RealPortal> {
  // Before the server starts: it reads at its start which files there are.
  await ensureSite(CHECKOUT);
  const front = await openFront({ site: SITE_DIR });
  try {
    const [browser] = await Promise.all([openChromium(), bringCompetitions(front)]);
    return {
      front,
      browser,
      origin: (exposure) => portalOrigin(front.domain, exposure),
      close: async () => {
        await browser.close();
        await front.close();
      },
    };
  } catch (error) {
    await front.close();
    throw error;
  }
}

/** One of each exposure, with a dataset; whoever may see one of them must not see the other. */
async function bringCompetitions({ house }: Front): Promise<void> {
  const place = bundlePlace();
  try {
    await withDeps(readConfig(house.environment), async (deps) => {
      for (const exposure of ["external", "internal"] as const) {
        const title = exposure === "external" ? "Open ward" : "Closed ward";
        const slug = title.toLowerCase().replace(" ", "-");
        const described = { slug: `${slug}-data`, title: `${title}: data`, description: "Two rows." };
        const from = { licence: "CC0-1.0", source: "Made up for a test", exposure };
        const own = { ...LABELS, slug, title, exposure, dataset_slug: described.slug };
        await importBundle(
          deps,
          place.bundle(labels, dataset, {
            "competition.json": manifest(own),
            "dataset/dataset.json": JSON.stringify({ ...described, ...from }),
          }),
        );
      }
    });
  } finally {
    place.close();
  }
}

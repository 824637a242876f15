import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { command } from "@medforge/runtime/command";

import { importBundle } from "./import.ts";
import { bundlePlace, dataset, LABELS, labels, manifest } from "./testing-bundle.ts";

/** A file system of its own that is too small, in the lab's mount namespace. */
const mayMount = process.env.MEDFORGE_TEST_ZFS !== undefined;
const FILE_BYTES = 1_000_000;

async function mount(...words: string[]): Promise<void> {
  const done = await command(["mount", ...words]);
  if (done.exitCode !== 0) throw new Error(done.stderr);
}

describe.if(databaseNamed && mayMount)("an import without room", () => {
  let place: ReturnType<typeof bundlePlace>;
  let scratch: ScratchDatabase;
  let full: string | undefined;
  beforeEach(async () => {
    place = bundlePlace();
    scratch = await scratchDatabase();
  });
  afterEach(async () => {
    if (full !== undefined) await command(["umount", full]);
    full = undefined;
    place.close();
    await scratch.drop();
  });

  const bundle = () =>
    place.bundle(labels, dataset, {
      "competition.json": manifest({ ...LABELS, dataset_slug: "tiny-data" }),
      "dataset/files/large.bin": new Uint8Array(FILE_BYTES).fill(1),
      "public/large.bin": new Uint8Array(FILE_BYTES).fill(2),
      "holdout/large.bin": new Uint8Array(FILE_BYTES).fill(3),
    });

  for (const which of ["datasets", "evaluation", "holdouts"] as const) {
    test(`for ${which} is a storage_full that leaves nothing half and changes no book, and does no harm once there is room`, async () => {
      full = place.deps.config.folders[which];
      mkdirSync(full, { recursive: true });
      await mount("-t", "tmpfs", "-o", "size=512k", "tmpfs", full);
      const deps = { ...place.deps, db: scratch.db };
      const importing = importBundle(deps, bundle());
      await expect(importing).rejects.toMatchObject({ code: "storage_full" });
      expect(await scratch.db.competitions.bySlug("tiny")).toBeUndefined();
      expect(readdirSync(full, { recursive: true }).filter((name) => String(name).includes("large"))).toEqual(
        [],
      );
      if (which === "datasets") expect(await scratch.db.datasets.bySlug("tiny-data")).toBeUndefined();
      await mount("-o", "remount,size=8m", full);
      expect((await importBundle(deps, bundle())).change).toBe("added");
      expect((await scratch.db.datasets.bySlug("tiny-data"))?.files).toBe(2);
    });
  }
});

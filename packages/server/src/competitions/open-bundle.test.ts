import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { command } from "@medforge/runtime/command";

import { withBundle } from "./open-bundle.ts";
import { StoredZip } from "./stored-zip.ts";
import { bundlePlace, labels } from "./testing-bundle.ts";

const CHILD = fileURLToPath(new URL("./testing/open-child.ts", import.meta.url));
const MIB = 2 ** 20;

let place: ReturnType<typeof bundlePlace>;
beforeEach(() => {
  place = bundlePlace();
});
afterEach(() => place.close());

test("a zip is unpacked where only the server reads, and is gone afterwards, also when the work fails", async () => {
  const zip = place.zip(labels, { "dataset/files/deep/a.bin": new Uint8Array(100_000).fill(7) });
  let folder = "";
  const opened = withBundle(place.deps, zip, async (open) => {
    folder = open.folder;
    expect(open.faults).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([
      "competition.json",
      "dataset",
      "holdout",
      "public",
      "sample_submission.csv",
    ]);
    const modes = ["", "holdout", "holdout/holdout.csv"].map(
      (path) => statSync(join(folder, path)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o600]);
    const large = await Bun.file(join(folder, "dataset/files/deep/a.bin")).bytes();
    expect(large).toEqual(new Uint8Array(100_000).fill(7));
    throw new Error("the work failed");
  });
  await expect(opened).rejects.toThrow("the work failed");
  expect(existsSync(folder)).toBe(false);
});

test("a file of a quarter of a gigabyte in it takes a small part of that in memory", async () => {
  const path = join(place.root, "large.zip");
  const zip = await StoredZip.create(path);
  await zip.add("dataset/files/large.bin", new Uint8Array(256 * MIB).fill(1));
  await zip.end();
  await zip.close();
  const child = await command([process.execPath, CHILD, join(place.root, "state"), path], {
    deadlineMs: 60_000,
  });
  expect([child.exitCode, child.stderr]).toEqual([0, ""]);
  const { faults, grownBytes } = JSON.parse(child.stdout);
  expect(faults).toEqual([]);
  expect(grownBytes).toBeLessThan(100 * MIB);
}, 90_000);

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { importDataset } from "@medforge/server/competitions/datasets";
import { readConfig } from "@medforge/server/config";
import { decode, encode } from "fast-png";
import type { BrowserContext, Locator, Page } from "playwright-core";

import { withDeps } from "../../src/book.ts";
import { axeFaults } from "./axe.ts";
import { ADMIN, openPortal, type Portal, signIn, watchedPage } from "./portal.ts";

const IMAGES = 60;
const LONG_ROWS = 9_000;
const DRAWN_MS_MAX = 20_000;

const picture = (shade: number) =>
  encode({ width: 4, height: 4, channels: 3, data: new Uint8Array(48).fill(shade) });

/** Small files of every kind, good and bad, with names that a page could trip over. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  ...Object.fromEntries(
    Array.from({ length: IMAGES }, (_, at) => [`grid/${String(at).padStart(3, "0")}.png`, picture(4 * at)]),
  ),
  "a odd/50% of #1 <b>é.png": picture(128),
  "b/broken.jpg": "no picture at all",
  "scans/broken.nii.gz": "no scan at all",
  "tables/long.csv": `id,"a ""quoted"" name"\n${Array.from({ length: LONG_ROWS }, (_, row) => `${row},"x,${row}"\n`).join("")}`,
  "tables/tabs.tsv": "id\tvalue\n1\t<b>two</b>\n",
  "tables/broken.csv": 'id,label\n1,0\n2,"never closed\n',
};

describe.if(databaseNamed)("what is in a dataset, in Chromium", () => {
  let portal: Portal;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  const asked: string[] = [];

  beforeAll(async () => {
    portal = await openPortal();
    const folder = join(portal.stack.folder, "pictures");
    const description = { slug: "pictures", title: "Pictures", description: "Some.", licence: "CC0" };
    mkdirSync(folder);
    writeFileSync(
      join(folder, "dataset.json"),
      JSON.stringify({ ...description, source: "made up", exposure: "external" }),
    );
    for (const [path, bytes] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, "files", path)), { recursive: true });
      writeFileSync(join(folder, "files", path), bytes);
    }
    await withDeps(readConfig(portal.stack.environment), async (deps) => {
      await importDataset(deps, folder);
    });
    context = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
    ({ page, complaints } = await watchedPage(context));
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await signIn(page, portal.url, ADMIN);
  }, 180_000);
  afterAll(async () => {
    await context?.close();
    await portal?.close();
  });

  const pixelsOf = async (place: Locator) => decode(await place.screenshot()).data;

  /** What the place shows as soon as it is something else than before; what it draws is drawn a frame later. */
  async function afterChange(place: Locator, before: ArrayLike<number>): Promise<ArrayLike<number>> {
    const deadline = Date.now() + DRAWN_MS_MAX;
    for (;;) {
      const now = await pixelsOf(place);
      if (!Bun.deepEquals(now, before)) return now;
      if (Date.now() > deadline) throw new Error("nothing changed in the picture");
    }
  }

  /** Wide and narrow: nothing serious for a screen reader, nothing that scrolls the page sideways. */
  async function layoutFaults(): Promise<string[]> {
    const faults: string[] = [];
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (over > 0) faults.push(`at ${width} px it scrolls sideways by ${over} px`);
      faults.push(...(await axeFaults(page)));
    }
    return faults;
  }

  function colorsIn(pixels: ArrayLike<number>): { readonly shades: number; readonly colored: number } {
    const shades = new Set<number>();
    let colored = 0;
    for (let at = 0; at + 3 < pixels.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = [pixels[at], pixels[at + 1], pixels[at + 2]];
      shades.add(red);
      // The mask's orange and vermilion; scan and background are grey, the crosshair is blue.
      if (red > green + 30 && green > blue) colored += 1;
    }
    return { shades: shades.size, colored };
  }

  test("a scan is drawn with its mask over it, by sliders alone, and niivue came only now", async () => {
    await page.goto(`${portal.url}/datasets/phantom-lesion/`);
    const open = page.getByRole("button", { name: "Preview train/images/case-01.nii.gz with its mask" });
    await page.getByRole("button", { name: "Volumes (32)" }).click();
    await page.getByRole("region", { name: "Files of the dataset" }).waitFor();
    // The list keeps in the page what is in sight only.
    await page.getByRole("region", { name: "Files of the dataset" }).evaluate((list) => {
      list.scrollTop = list.scrollHeight / 2;
    });
    await open.waitFor();
    expect(asked.filter((path) => path.includes("volume-viewer"))).toEqual([]);
    await open.focus();
    await page.keyboard.press("Enter");

    const preview = page.getByRole("region", { name: "Preview of train/images/case-01.nii.gz" });
    const axial = preview.getByLabel("Axial slice");
    await axial.waitFor();
    expect(asked.filter((path) => path.includes("volume-viewer"))).not.toEqual([]);
    const labels = preview.getByRole("list", { name: "Labels of train/labels/case-01.nii.gz" });
    expect(await labels.getByRole("listitem").allTextContents()).toEqual(["label 1", "label 2"]);

    const canvas = preview.locator("canvas");
    const first = await pixelsOf(canvas);
    expect(colorsIn(first).shades).toBeGreaterThan(20);

    const opacity = preview.getByLabel("Opacity of the mask");
    await opacity.press("Home");
    const bare = await afterChange(canvas, first);
    expect(colorsIn(bare).colored).toBe(0);
    await opacity.press("End");
    const masked = await afterChange(canvas, bare);
    expect(colorsIn(masked).colored).toBeGreaterThan(100);

    await axial.press("Home");
    const lowest = await afterChange(canvas, masked);
    expect(await canvas.getAttribute("aria-label")).toContain("axial 1");
    await preview.getByLabel("Sagittal slice").press("Home");
    await afterChange(canvas, lowest);
    // A click into the slices moves the sliders.
    const before = await canvas.getAttribute("aria-label");
    const box = await canvas.boundingBox();
    await canvas.click({ position: { x: (box?.width ?? 0) / 4, y: (box?.height ?? 0) / 4 } });
    await page.waitForFunction(
      (was) => document.querySelector("canvas")?.getAttribute("aria-label") !== was,
      before,
    );
    expect(await layoutFaults()).toEqual([]);
    await preview.getByRole("button", { name: "Close" }).click();
    await preview.waitFor({ state: "detached" });
  });

  test("a scan without a mask is drawn, too, and one that is none says so", async () => {
    await page.getByRole("region", { name: "Files of the dataset" }).evaluate((list) => {
      list.scrollTop = 0;
    });
    await page.getByRole("button", { name: "Preview test/images/case-09.nii.gz" }).click();
    const preview = page.getByRole("region", { name: "Preview of test/images/case-09.nii.gz" });
    await preview.getByLabel("Coronal slice").waitFor();
    expect(await preview.getByLabel("Opacity of the mask").count()).toBe(0);
    expect(colorsIn(await pixelsOf(preview.locator("canvas"))).shades).toBeGreaterThan(20);

    await page.goto(`${portal.url}/datasets/pictures/`);
    await page.getByRole("button", { name: "Volumes (1)" }).click();
    await page.getByRole("button", { name: "Preview scans/broken.nii.gz" }).click();
    await page.getByRole("alert").getByText("It is not a whole gzip file.").waitFor();
  });

  test("images stand in a grid, page after page, each with its name, and a broken one says so", async () => {
    await page.getByRole("button", { name: `Images (${IMAGES + 2})` }).click();
    const grid = page.getByRole("list", { name: "Images of the dataset" });
    const odd = grid.getByRole("img", { name: "a odd/50% of #1 <b>é.png" });
    await odd.waitFor();
    await page.waitForFunction(
      (image) => image instanceof HTMLImageElement && image.complete && image.naturalWidth === 4,
      await odd.elementHandle(),
    );
    await grid.getByText("Cannot be shown").waitFor();
    expect(await grid.getByRole("listitem").count()).toBe(48);
    await page.getByRole("button", { name: "Show more" }).click();
    await grid.getByRole("img", { name: "grid/059.png" }).waitFor();
    expect(await grid.getByRole("listitem").count()).toBe(IMAGES + 2);
    await grid.getByRole("button", { name: "grid/059.png" }).click();
    await page.getByRole("region", { name: "Preview of grid/059.png" }).getByRole("img").waitFor();
    expect(await layoutFaults()).toEqual([]);
  });

  test("a table shows its first rows, of a long one only the beginning is fetched, and a bad one its row", async () => {
    const lengths: string[] = [];
    page.on("response", (response) => {
      if (response.url().includes("long.csv")) lengths.push(response.headers()["content-range"] ?? "");
    });
    await page.getByRole("button", { name: "Tables (3)" }).click();
    await page.getByRole("button", { name: "Preview tables/long.csv" }).click();
    const long = page.getByRole("region", { name: "First rows of tables/long.csv" });
    await long.getByRole("cell", { name: "x,49" }).waitFor();
    expect(await long.getByRole("columnheader").allTextContents()).toEqual(["id", 'a "quoted" name']);
    expect(await long.getByRole("row").count()).toBe(51);
    expect(await layoutFaults()).toEqual([]);
    expect(lengths).toEqual([`bytes 0-65535/${FILES["tables/long.csv"]?.length}`]);

    await page.getByRole("button", { name: "Preview tables/tabs.tsv" }).click();
    await page.getByRole("cell", { name: "<b>two</b>" }).waitFor();

    await page.getByRole("button", { name: "Preview tables/broken.csv" }).click();
    await page.getByText("It cannot be read beyond here").waitFor();
    await page.getByText("csv_quote").waitFor();
    await page.getByText(/row 3/).waitFor();
  });

  test("without WebGL 2 the page says what is missing, and what helps", async () => {
    const { page: other, complaints: said } = await watchedPage(context);
    await other.addInitScript("HTMLCanvasElement.prototype.getContext = () => null");
    await other.goto(`${portal.url}/datasets/phantom-lesion/`);
    await other.getByRole("button", { name: "Preview test/images/case-09.nii.gz" }).click();
    await other.getByText("This browser has no WebGL 2").waitFor();
    expect(said).toEqual([]);
    await other.close();
  });

  test("no page complained: no console error, no violated policy", () => {
    // Chromium without a GPU remarks that it reads the picture back from WebGL, which is how it shows it.
    const remark = /GL Driver Message \(OpenGL, Performance, .*ReadPixels/;
    expect(complaints.filter((text) => !remark.test(text))).toEqual([]);
  });
});

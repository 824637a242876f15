import { expect, test } from "bun:test";

import { contentTypeOf, maskPlaces, previewKind } from "./previews.ts";

test("what can be shown is known by its ending, and goes out as what no browser runs", () => {
  const seen = [
    "a/b.nii",
    "b.NII.GZ",
    "c.Png",
    "d.jpeg",
    "e.csv",
    "f.tsv",
    "g.svg",
    "h.html",
    "png",
    "i.gz",
  ].map((path) => `${path} ${previewKind(path)} ${contentTypeOf(path)}`);
  expect(seen).toEqual([
    "a/b.nii volume application/octet-stream",
    "b.NII.GZ volume application/gzip",
    "c.Png image image/png",
    "d.jpeg image image/jpeg",
    "e.csv table text/csv; charset=utf-8",
    "f.tsv table text/tab-separated-values; charset=utf-8",
    "g.svg null application/octet-stream",
    "h.html null application/octet-stream",
    "png null application/octet-stream",
    "i.gz null application/octet-stream",
  ]);
});

test("the mask of an image has its name, in labels or masks instead of images", () => {
  expect(maskPlaces("train/images/case-01.nii.gz")).toEqual([
    "train/labels/case-01.nii.gz",
    "train/masks/case-01.nii.gz",
  ]);
  expect(maskPlaces("images/site-a/images/x/1.nii")).toEqual([
    "images/site-a/labels/x/1.nii",
    "images/site-a/masks/x/1.nii",
  ]);
  expect(maskPlaces("imagesTr/liver_001_0000.nii.gz")).toEqual([
    "labelsTr/liver_001_0000.nii.gz",
    "labelsTr/liver_001.nii.gz",
  ]);
});

test("what is no volume, or in no folder of images, has no mask", () => {
  const without = ["images/a.png", "train/labels/a.nii.gz", "a.nii.gz", "images.nii.gz", "constructor/a.nii"];
  expect(without.flatMap(maskPlaces)).toEqual([]);
});

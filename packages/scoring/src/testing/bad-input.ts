import { type ZipOptions, type Zippable, zipSync } from "fflate";

import { gzip } from "../images/gzip.ts";
import { type NiftiToWrite, writeNifti } from "../images/write-nifti.ts";
import { text } from "./manifest.ts";

/**
 * What a participant can hand in that is wrong, item by item, with the faults it gets: code, and of the place the
 * file, row and column that are named. Used by the tests of this package, and of whoever takes such files.
 */

const primary = { primary: true, direction: "higher-is-better" } as const;

/** Three rows to predict a probability for. */
export const tableTask = {
  manifest: {
    task: "tabular",
    classes: 2,
    target_columns: ["p"],
    expected_rows: 3,
    metrics: [{ name: "auroc", ...primary }, { name: "brier" }],
  },
  ids: ["a", "b", "c"],
  holdout: "id,p\na,0\nb,1\nc,1\n",
};

const utf16 = (content: string, bigEndian: boolean, mark: boolean) => {
  const out = [...(mark ? "\ufeff" : ""), ...content].flatMap((char) => {
    const unit = char.charCodeAt(0);
    return bigEndian ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8];
  });
  return Uint8Array.from(out);
};

const good = "id,p\na,0\nb,1\nc,0.5\n";
const long = "x".repeat(200_000);

export const badTables: Readonly<
  Record<string, readonly [file: string | Uint8Array, codes: readonly string[]]>
> = {
  "with a UTF-8 mark is fine": [`\ufeff${good}`, []],
  "with CRLF line ends is fine": [good.replaceAll("\n", "\r\n"), []],
  "without a newline at the end is fine": [good.trimEnd(), []],
  "with its rows in another order is fine": ["id,p\nc,0.5\na,0\nb,1\n", []],
  "with its columns in another order is fine": ["p,id\n0,a\n1,b\n0.5,c\n", []],
  "with semicolons": [good.replaceAll(",", ";"), ["csv_delimiter 1 id;p"]],
  "with tabs": [good.replaceAll(",", "\t"), ["csv_delimiter 1 id\tp"]],
  "in UTF-16 little-endian": [utf16(good, false, true), ["csv_encoding 1"]],
  "in UTF-16 big-endian": [utf16(good, true, true), ["csv_encoding 1"]],
  "in UTF-16 without a mark": [utf16(good, false, false), ["csv_encoding 1"]],
  "in Latin-1": [Uint8Array.from([...text("id,p\n"), 0xe9, ...text(",1\n")]), ["csv_encoding 2"]],
  "with a quoted newline inside an id": ['id,p\n"a\n",0\nb,1\nc,0.5\n', ["id_unknown 2 id", "id_missing id"]],
  "with a quoted newline inside a number": ['id,p\na,"0\n"\nb,1\nc,0.5\n', ["value_not_number 2 p"]],
  "with a quote that never closes": ['id,p\na,0\n"b,1\nc,0.5\n', ["csv_quote 3"]],
  "with a field of 200 kB": [`id,p\na,0\nb,1\n${long},0.5\n`, ["csv_field_too_long 4"]],
  "with a quoted field of 200 kB": [`id,p\na,0\nb,1\n"${long}",0.5\n`, ["csv_field_too_long 4"]],
  "with a column twice": ["id,p,p\na,0,0\n", ["csv_header_duplicate 1 p"]],
  "with a column more": ["id,p,q\na,0,0\n", ["csv_header_extra 1 q"]],
  "with a column less": ["id\na\n", ["csv_header_missing 1 p"]],
  "with a short row": ["id,p\na\nb,1\nc,0.5\n", ["csv_row_short 2"]],
  "with a long row": ["id,p\na,0,0\nb,1\nc,0.5\n", ["csv_row_long 2"]],
  "with a blank line inside": ["id,p\na,0\n\nb,1\nc,0.5\n", ["csv_row_short 3", "id_empty 3 id"]],
  "with a header only": ["id,p\n", ["csv_empty"]],
  "of no bytes": ["", ["csv_empty"]],
  "with a duplicate id": ["id,p\na,0\nb,1\nc,0.5\nb,1\n", ["id_duplicate 5 id"]],
  "with a missing id": ["id,p\na,0\nc,0.5\n", ["id_missing id"]],
  "with an extra id": ["id,p\na,0\nb,1\nc,0.5\nd,1\n", ["id_unknown 5 id"]],
  "with an empty id": ["id,p\na,0\nb,1\nc,0.5\n,1\n", ["id_empty 5 id"]],
  "with everything wrong at once": [
    "id,p\na,2\nb,x\nb,1\nz,1\nc\n",
    [
      "value_out_of_range 2 p",
      "value_not_number 3 p",
      "id_unknown 5 id",
      "csv_row_short 6",
      "id_duplicate 4 id",
    ],
  ],
};

/** In place of the second row's number. */
export const badNumbers: Readonly<Record<string, string>> = {
  NaN: "value_not_number",
  nan: "value_not_number",
  inf: "value_not_number",
  Infinity: "value_not_number",
  "1e309": "value_not_number",
  "": "value_empty",
  "0x10": "value_not_number",
  "1_0": "value_not_number",
  "٠": "value_not_number",
  "１": "value_not_number",
  "01": "value_not_number",
  "+1": "value_not_number",
  " 1": "value_not_number",
  "1 ": "value_not_number",
  ".5": "value_not_number",
  "5.": "value_not_number",
  "0,5": "csv_row_long",
  "1.0000001": "value_out_of_range",
  "-0.1": "value_out_of_range",
};

/** One image of 10 by 5 pixels. */
export const runsTask = {
  manifest: {
    task: "segmentation-rle",
    target_columns: ["rle"],
    expected_rows: 1,
    metrics: [{ name: "iou", ...primary }],
  },
  ids: ["a"],
  size: { width: 10, height: 5 },
  holdout: "id,rle,width,height\na,1 3,10,5\n",
};

export const badRuns: Readonly<Record<string, readonly [rle: string, code: string]>> = {
  "of a length of 999999999999": ["1 999999999999", "rle_bounds"],
  "of a start of 999999999999": ["999999999999 1", "rle_bounds"],
  "of an odd number of tokens": ["1 3 5", "rle_odd"],
  "that starts at 0": ["0 3", "rle_start"],
  "of a length of 0": ["1 0", "rle_length"],
  "whose runs overlap": ["1 3 3 2", "rle_overlap"],
  "whose runs descend": ["10 2 1 2", "rle_overlap"],
  "past the image": ["50 2", "rle_bounds"],
  "with a sign": ["1 -3", "rle_token"],
  "with a decimal point": ["1 3.0", "rle_token"],
  "with a leading zero": ["01 3", "rle_token"],
  "with two blanks": ["1  3", "rle_token"],
  "of words": ["none", "rle_token"],
};

/** The central directory's record number `record`, to be damaged. */
function patched(zip: Uint8Array, record: number, change: (view: DataView, at: number) => void): Uint8Array {
  const copy = Uint8Array.from(zip);
  const view = new DataView(copy.buffer);
  let at = view.getUint32(copy.length - 6, true);
  for (let skip = 0; skip < record; skip++)
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  change(view, at);
  return copy;
}

const shape = [6, 5, 4];
const spacing = [1, 1, 2];
const voxels = new Uint8Array(120).fill(1, 20, 70);
const image = (change: Partial<NiftiToWrite> = {}) => writeNifti({ voxels, shape, spacing, ...change });
const mask = image();
const affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
];

/** Two cases of 6 × 5 × 4 voxels. */
export const masksTask = {
  manifest: {
    task: "segmentation-nifti",
    labels: [1],
    expected_rows: 2,
    metrics: [{ name: "dice", ...primary }],
    limits: { cases_max: 10, expanded_bytes_max: 40 * 2 ** 20, voxels_max: 2 ** 24 },
  },
  ids: ["a", "b"],
  geometry: { shape, spacing, affine },
  mask,
};

const zip = (files: Zippable, options: ZipOptions = {}) =>
  zipSync(files, { mtime: "1980-01-01T00:00:00", ...options });
const both = { "a.nii": mask, "b.nii": mask };
const goodZip = zip(both);
const at = (field: number, value: number) => (view: DataView, record: number) =>
  view.setUint16(record + field, value, true);
const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`${i}.nii`, text("x")]));

function zip64(): Uint8Array {
  const extra = { 1: new Uint8Array(16) };
  const plain = zip({ "a.nii": [mask, { level: 0, extra }], "b.nii": mask });
  const wide = patched(plain, 0, (view, record) => {
    view.setUint32(record + 20, 0xffffffff, true);
    view.setUint32(record + 24, 0xffffffff, true);
    const numbers = record + 46 + "a.nii".length + 4;
    view.setBigUint64(numbers, BigInt(mask.length), true);
    view.setBigUint64(numbers + 8, BigInt(mask.length), true);
  });
  return wide;
}

export const badArchives: Readonly<Record<string, readonly [zip: Uint8Array, codes: readonly string[]]>> = {
  "is fine": [goodZip, []],
  "in zip64 is fine": [zip64(), []],
  "with __MACOSX and .DS_Store is fine": [
    zip({ ...both, "__MACOSX/._a.nii": text("x"), ".DS_Store": text("x") }),
    [],
  ],
  "with one wrapping folder is fine": [zip({ "masks/a.nii": mask, "masks/b.nii": mask }), []],
  "with folders as entries is fine": [
    zip({ "masks/": new Uint8Array(0), "masks/a.nii": mask, "masks/b.nii": mask }),
    [],
  ],
  "in two folders": [
    zip({ "x/a.nii": mask, "y/b.nii": mask }),
    ["id_unknown x/a.nii", "id_unknown y/b.nii", "id_missing", "id_missing"],
  ],
  "that expands 1,000 times": [zip({ ...both, "c.nii": new Uint8Array(12 * 2 ** 20) }), ["zip_ratio c.nii"]],
  "that expands over the limit": [
    patched(goodZip, 0, (view, record) => view.setUint32(record + 24, 41 * 2 ** 20, true)),
    ["zip_ratio a.nii", "zip_too_large"],
  ],
  "of too many entries": [zip({ ...both, ...many }), ["zip_too_many_entries"]],
  "with an archive inside": [zip({ ...both, "c.zip": goodZip }), ["zip_nested c.zip"]],
  "with an archive inside under another name": [zip({ ...both, "a.nii": goodZip }), ["zip_nested a.nii"]],
  "with entries that share bytes": [
    patched(goodZip, 1, (view, record) => view.setUint32(record + 42, 0, true)),
    ["zip_overlap a.nii"],
  ],
  "with ../x": [zip({ ...both, "../x": text("x") }), ["zip_bad_name entry 3"]],
  "with an absolute name": [zip({ ...both, "/x": text("x") }), ["zip_bad_name entry 3"]],
  "with a drive letter": [zip({ ...both, "C:x": text("x") }), ["zip_bad_name entry 3"]],
  "with a NUL in a name": [zip({ ...both, "x\0": text("x") }), ["zip_bad_name entry 3"]],
  "with a backslash in a name": [zip({ ...both, "..\\x": text("x") }), ["zip_bad_name entry 3"]],
  "with a symbolic link": [
    zip({ ...both, c: [text("/etc/passwd"), { os: 3, attrs: 0o120777 * 65536 }] }),
    ["zip_link c"],
  ],
  "with one name twice": [
    patched(goodZip, 1, (view, record) => view.setUint8(record + 46, 97)),
    ["zip_duplicate_name a.nii"],
  ],
  "with names equal but for case": [zip({ ...both, "A.nii": mask }), ["zip_duplicate_name A.nii"]],
  encrypted: [patched(goodZip, 0, at(8, 1)), ["zip_encrypted a.nii"]],
  "compressed by another method": [patched(goodZip, 0, at(10, 12)), ["zip_method a.nii"]],
  truncated: [goodZip.subarray(0, goodZip.length - 30), ["zip_damaged"]],
  "with bytes in front of it": [Uint8Array.from([1, ...goodZip]), ["zip_damaged"]],
  "that is none": [text("hello"), ["zip_damaged"]],
  "of no bytes": [new Uint8Array(0), ["zip_damaged"]],
  "with a check sum that is wrong": [patched(goodZip, 0, at(16, 1)), ["zip_damaged a.nii"]],
  "with a case missing": [zip({ "a.nii": mask }), ["id_missing"]],
  "with a case too many": [zip({ ...both, "c.nii": mask }), ["id_unknown c.nii"]],
  "with a case twice, packed and plain": [zip({ ...both, "a.nii.gz": mask }), ["id_duplicate a.nii.gz"]],
  "with a file that is no image": [zip({ ...both, "notes.txt": text("x") }), ["id_unknown notes.txt"]],
};

const headerOf = (dims: readonly number[]) => {
  const header = image();
  const view = new DataView(header.buffer);
  dims.forEach((length, axis) => {
    view.setInt16(42 + 2 * axis, length, true);
  });
  return header;
};

const turned = [
  [1, 0, 0, 0],
  [0, 0, -2, 6],
  [0, 1, 0, 0],
];
const moved = [
  [1, 0, 0, 5],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
];

const bomb = new Uint8Array(30 * 2 ** 20);
bomb.set(mask.subarray(0, 352));

/** As case a, beside a case b that is in order. */
export const badImages: Readonly<
  Record<string, readonly [image: Uint8Array | Promise<Uint8Array>, code: string]>
> = {
  "of another shape": [image({ shape: [5, 6, 4] }), "shape_mismatch"],
  "of two axes": [image({ shape: [6, 20], spacing: [1, 1] }), "shape_mismatch"],
  "of another spacing": [image({ spacing: [1, 1, 2.5] }), "spacing_mismatch"],
  "at another place": [image({ affine: moved }), "orientation_mismatch"],
  "turned about": [image({ affine: turned }), "shape_mismatch"],
  "with a label that there is not": [image({ voxels: voxels.map((v) => 2 * v) }), "image_bad_label"],
  "with a probability": [image({ voxels: Float32Array.from(voxels, (v) => 0.5 * v) }), "image_bad_label"],
  "with NaN": [image({ voxels: Float32Array.from(voxels, (v) => v / v) }), "image_bad_label"],
  "with negative labels": [image({ voxels: Int16Array.from(voxels, (v) => -v) }), "image_bad_label"],
  "of four axes": [image({ shape: [6, 5, 2, 2], spacing: [1, 1, 2, 1] }), "image_not_3d"],
  "whose header says 65,535³": [headerOf([65535, 65535, 65535]), "image_bad_header"],
  "whose header says 32,767³": [headerOf([32767, 32767, 32767]), "too_large"],
  "cut off": [mask.subarray(0, 400), "image_truncated"],
  "that is none": [text("not an image"), "image_truncated"],
  "of no bytes": [new Uint8Array(0), "image_truncated"],
  "packed and cut off": [gzip(mask).then((packed) => packed.subarray(0, packed.length - 9)), "gzip_damaged"],
  "that is a gzip bomb": [gzip(bomb), "too_large"],
  "that is a gzip bomb of a header that says so": [
    gzip(Uint8Array.from([...headerOf([600, 600, 600]), ...new Uint8Array(4000)])),
    "too_large",
  ],
};

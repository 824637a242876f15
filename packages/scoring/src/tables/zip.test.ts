import { describe, expect, test } from "bun:test";

import { type ZipOptions, type Zippable, zipSync } from "fflate";

import { ScoringError } from "../errors.ts";
import { writeZip } from "./write-zip.ts";
import { openZip, type ZipFile, type ZipLimits } from "./zip.ts";

const text = (words: string) => new TextEncoder().encode(words);
const zip = (files: Zippable, options: ZipOptions = {}) =>
  zipSync(files, { mtime: "1980-01-01T00:00:00", ...options });

async function whole(file: ZipFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces()) pieces.push(Uint8Array.from(piece));
  return new Uint8Array(Buffer.concat(pieces));
}

/** Of an archive that is read as a whole, and piece by piece: both find the same. */
async function codes(bytes: Uint8Array, limits: ZipLimits = {}): Promise<string[]> {
  const found = await Promise.all(
    [(file: ZipFile) => file.read(), whole].map(async (read) => {
      try {
        for (const file of await openZip(bytes, limits)) await read(file);
        return [];
      } catch (error) {
        if (error instanceof ScoringError) return error.faults.map((fault) => fault.code);
        throw error;
      }
    }),
  );
  expect(found[1]).toEqual(found[0]);
  return found[0] ?? [];
}

/** Changes bytes of the central directory's record number `record`. */
function patched(
  bytes: Uint8Array,
  record: number,
  change: (view: DataView, at: number) => void,
): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  let at = view.getUint32(copy.length - 6, true);
  for (let skip = 0; skip < record; skip++) {
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  change(view, at);
  return copy;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

describe("zip", () => {
  test("files are read from memory and from a Blob, stored or deflated", async () => {
    const bytes = zip({ "a.txt": text("hello hello hello hello"), "b.txt": [text("stored"), { level: 0 }] });
    for (const input of [bytes, new Blob([Uint8Array.from(bytes)])]) {
      const files = await openZip(input);
      expect(files.map((file) => file.name)).toEqual(["a.txt", "b.txt"]);
      const contents = [text("hello hello hello hello"), text("stored")];
      expect(await Promise.all(files.map((file) => file.read()))).toEqual(contents);
      expect(await Promise.all(files.map(whole))).toEqual(contents);
    }
  });

  test("one wrapping folder, __MACOSX, .DS_Store and empty folders are passed over", async () => {
    const files = await openZip(
      zip({
        "sub/a.nii.gz": text("a"),
        "sub/b.nii.gz": text("b"),
        "sub/.DS_Store": text("x"),
        "__MACOSX/sub/._a.nii.gz": text("x"),
        "sub/empty/": new Uint8Array(0),
      }),
    );
    expect(files.map((file) => file.name)).toEqual(["a.nii.gz", "b.nii.gz"]);
    const two = await openZip(zip({ "x/a": text("a"), "y/b": text("b") }));
    expect(two.map((file) => file.name)).toEqual(["x/a", "y/b"]);
  });

  test("names that leave the folder, or are not plain, are refused and listed together", async () => {
    const bad = ["../x", "a/../b", "/etc/x", "C:/x", "c:x", "a\\b", "a\0b", "a//b", "./a", "a/./b", "a\nb"];
    const bytes = zip(Object.fromEntries(bad.map((name) => [name, text(name)])));
    expect(await codes(bytes)).toEqual(bad.map(() => "zip_bad_name"));
    const latin = patched(zip({ aa: text("1") }), 0, (view, at) => view.setUint8(at + 46, 0xff));
    expect(await codes(latin)).toEqual(["zip_bad_name"]);
  });

  test("the same name twice, also in other letters, is refused", async () => {
    expect(await codes(zip({ "a.nii": text("1"), "A.nii": text("2") }))).toEqual(["zip_duplicate_name"]);
    const twice = patched(zip({ aa: text("1"), bb: text("2") }), 1, (view, at) =>
      view.setUint16(at + 46, 0x6161),
    );
    expect(await codes(twice)).toEqual(["zip_duplicate_name"]);
    expect(await codes(zip({ "\u00e9": text("1"), "e\u0301": text("2") }))).toEqual(["zip_duplicate_name"]);
  });

  test("links, encryption, other methods and nested archives are refused", async () => {
    const unix = (mode: number) => zip({ a: [text("target"), { os: 3, attrs: mode * 65536 }] });
    expect(await codes(unix(0o120777))).toEqual(["zip_link"]);
    expect(await codes(unix(0o010644))).toEqual(["zip_link"]);
    expect(await codes(unix(0o100644))).toEqual([]);
    const one = zip({ a: text("1") });
    expect(await codes(patched(one, 0, (view, at) => view.setUint16(at + 8, 1, true)))).toEqual([
      "zip_encrypted",
    ]);
    expect(await codes(patched(one, 0, (view, at) => view.setUint16(at + 10, 12, true)))).toEqual([
      "zip_method",
    ]);
    expect(await codes(zip({ "inner.zip": one }))).toEqual(["zip_nested"]);
    expect(await codes(zip({ "case.nii": one }))).toEqual(["zip_nested"]);
    expect(await codes(zip({ "inner.zip": one, "case.nii": one }), { archivesAllowed: true })).toEqual([]);
  });

  test("bombs by size, count and ratio are refused before anything is expanded", async () => {
    const zeros = zip({ a: new Uint8Array(11 * 2 ** 20) });
    expect(await codes(zeros)).toEqual(["zip_ratio"]);
    expect(await codes(zeros, { ratioMax: 2000 })).toEqual([]);
    expect(await codes(zeros, { ratioMax: 2000, bytesMax: 1000 })).toEqual(["zip_too_large"]);
    expect(await codes(zeros, { ratioMax: 2000, entryBytesMax: 1000 })).toEqual(["zip_too_large"]);
    const many = zip(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, text("x")])));
    expect(await codes(many, { entriesMax: 29 })).toEqual(["zip_too_many_entries"]);
    expect(await codes(many, { entriesMax: 30 })).toEqual([]);
    // Two entries that point at one and the same body: the trick of quine bombs.
    const shared = patched(zip({ aa: text("1"), bb: text("2") }), 1, (view, at) =>
      view.setUint32(at + 42, 0, true),
    );
    expect(await codes(shared)).toEqual(["zip_overlap"]);
  });

  test("an entry that is not what the directory says is refused", async () => {
    const bytes = zip({ a: text("hello hello hello hello hello") });
    for (const field of [16, 24]) {
      const wrong = patched(bytes, 0, (view, at) =>
        view.setUint32(at + field, view.getUint32(at + field, true) - 1, true),
      );
      expect(await codes(wrong)).toEqual(["zip_damaged"]);
    }
    const name = Uint8Array.from(bytes);
    name[30] = 98;
    expect(await codes(name)).toEqual(["zip_damaged"]);
  });

  test("a change of any byte of an entry is found, and one that cannot be read is told as what it is", async () => {
    const bytes = zip({ a: text("hello hello hello hello hello"), b: [text("stored"), { level: 0 }] });
    const directory = bytes.length - 22 - 2 * 47;
    const [stored, second] = [text("stored").length, directory - 31 - text("stored").length];
    for (const at of [...range(31, second), ...range(directory - stored, directory)]) {
      const wrong = Uint8Array.from(bytes);
      wrong[at] = (wrong[at] as number) ^ 0x55;
      expect([at, await codes(wrong)]).toEqual([at, ["zip_damaged"]]);
    }
    const source = {
      size: bytes.length,
      read: async (offset: number, length: number) => {
        if (offset === 31) throw new Error("EIO");
        return bytes.subarray(offset, offset + length);
      },
    };
    const [first] = await openZip(source);
    if (first === undefined) throw new Error("there are two");
    await expect(first.read()).rejects.toThrow("EIO");
    await expect(whole(first)).rejects.toThrow("EIO");
  });

  test("cut off anywhere, or with bytes before or after, it is damaged", async () => {
    const bytes = zip({ a: text("hello"), b: text("there") });
    for (let length = 0; length < bytes.length; length++) {
      expect(await codes(bytes.subarray(0, length))).toEqual(["zip_damaged"]);
    }
    expect(await codes(new Uint8Array([...bytes, 0]))).toEqual(["zip_damaged"]);
    expect(await codes(new Uint8Array([0, ...bytes]))).toEqual(["zip_damaged"]);
  });

  test("zip64 numbers are read, and nonsense in them is refused", async () => {
    const plain = zip({ a: [text("hello"), { level: 0, extra: { 1: new Uint8Array(16) } }] });
    const wide = patched(plain, 0, (view, at) => {
      view.setUint32(at + 20, 0xffffffff, true);
      view.setUint32(at + 24, 0xffffffff, true);
      view.setBigUint64(at + 46 + 1 + 4, 5n, true);
      view.setBigUint64(at + 46 + 1 + 12, 5n, true);
    });
    expect(await codes(wide)).toEqual([]);
    const huge = patched(wide, 0, (view, at) => view.setBigUint64(at + 46 + 1 + 4, 2n ** 63n, true));
    expect(await codes(huge)).toEqual(["zip_damaged"]);
    const large = patched(wide, 0, (view, at) => view.setBigUint64(at + 46 + 1 + 4, 2n ** 40n, true));
    expect(await codes(large)).toContain("zip_too_large");
  });

  test("the same files are written as the same bytes, and read back", async () => {
    const files = { "a.nii.gz": text("one"), "b.nii.gz": text("two") };
    expect(writeZip(files)).toEqual(writeZip(files));
    const read = await openZip(writeZip(files));
    expect(read.map((file) => file.name)).toEqual(["a.nii.gz", "b.nii.gz"]);
  });
});

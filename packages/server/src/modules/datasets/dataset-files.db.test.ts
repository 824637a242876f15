import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";

import { importDataset } from "../../competitions/datasets.ts";
import { datasetFolder } from "../../competitions/folders.ts";
import { type House, testHouse } from "../../testing.ts";

const SECRET = "hidden labels";
const FILES: Readonly<Record<string, string>> = {
  "train/images/case-1.nii.gz": "a scan",
  "train/images/case-2.nii.gz": "another scan",
  "train/labels/case-1.nii.gz": "its mask",
  "pictures/a b#é%2f.png": "pixels",
  "page.html": "<script>alert(1)</script>",
  "picture.svg": "<svg onload='alert(1)'/>",
  "table.csv": "id,label\n1,0\n",
  "empty.csv": "",
};

describe.if(databaseNamed)("the files of a dataset over HTTP", () => {
  const scratch = mkdtempSync(join(tmpdir(), "medforge-dataset-files-"));
  let house: House;
  let cookie: string;
  let folder: string;
  beforeAll(async () => {
    const at = (name: string) => join(scratch, name);
    house = await testHouse({
      environment: {
        MEDFORGE_DATASETS_DIR: at("datasets"),
        MEDFORGE_EVALUATION_DIR: at("evaluation"),
        MEDFORGE_HOLDOUTS_DIR: at("holdouts"),
      },
    });
    put(at("holdouts/secret.csv"), SECRET);
    put(at("evaluation/secret.csv"), SECRET);
    put(at("datasets/secret.csv"), SECRET);
    folder = await add("scans", "external");
    await add("inside", "internal");
    await add("old", "both");
    await house.db.datasets.retire("old", house.clock.now());
    cookie = (await house.signup({ internal: true })).cookie;
  });
  afterAll(async () => {
    await house.close();
    rmSync(scratch, { recursive: true });
  });

  function put(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async function add(slug: string, exposure: "external" | "internal" | "both"): Promise<string> {
    const source = join(scratch, "sources", slug);
    const words = { title: "Scans", description: "Some.", licence: "CC0", source: "made up" };
    put(join(source, "dataset.json"), JSON.stringify({ slug, exposure, ...words }));
    for (const [path, text] of Object.entries(FILES)) put(join(source, "files", path), text);
    const { dataset } = await importDataset(house.deps, source);
    return datasetFolder(house.deps.config.folders, slug, dataset.treeSha256);
  }

  const urlOf = (file: string, slug = "scans", surface = "external") =>
    `/api/v2/${surface}/datasets/${slug}/files/${encodeURIComponent(file)}`;
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
    house.request(method, path, { cookie, headers });

  test("are given out byte for byte, to be saved and never to be run", async () => {
    for (const [path, text] of Object.entries(FILES)) {
      const { status, headers, ...answered } = await get(urlOf(path));
      expect(`${path} ${status} ${answered.text}`).toBe(`${path} 200 ${text}`);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; sandbox; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-disposition")).toStartWith("attachment; filename*=UTF-8''");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("etag")).toBe(`"${new Bun.CryptoHasher("sha256").update(text).digest("hex")}"`);
    }
    const types = ["train/images/case-1.nii.gz", "pictures/a b#é%2f.png", "page.html", "picture.svg"];
    const seen = await Promise.all(types.map(async (path) => (await get(urlOf(path))).headers));
    expect(seen.map((headers) => headers.get("content-type"))).toEqual([
      "application/gzip",
      "image/png",
      "application/octet-stream",
      "application/octet-stream",
    ]);
    expect(seen[1]?.get("content-disposition")).toBe("attachment; filename*=UTF-8''a%20b%23%C3%A9%252f.png");
  });

  test("are given out in parts, and not again to who has them", async () => {
    const path = urlOf("table.csv");
    const part = await get(path, { range: "bytes=3-7" });
    expect([part.status, part.text, part.headers.get("content-range")]).toEqual([
      206,
      "label",
      "bytes 3-7/13",
    ]);
    const beyond = await get(path, { range: "bytes=13-" });
    expect([beyond.status, beyond.text, beyond.headers.get("content-range")]).toEqual([
      416,
      "",
      "bytes */13",
    ]);
    const etag = part.headers.get("etag") ?? "";
    const known = await get(path, { "if-none-match": etag });
    expect([known.status, known.text, known.headers.get("etag")]).toEqual([304, "", etag]);
    expect((await get(path, { range: "bytes=0-1", "if-range": '"other"' })).text).toBe(
      FILES["table.csv"] ?? "",
    );
    const head = await get(path, {}, "HEAD");
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", etag]);
  });

  test("of another surface, of a retired dataset and to strangers are not there", async () => {
    const path = "table.csv";
    expect((await house.send("GET", urlOf(path))).status).toBe(401);
    expect((await get(urlOf(path, "inside", "internal"))).status).toBe(200);
    expect((await get(urlOf(path, "inside", "external"))).status).toBe(404);
    expect((await get(urlOf(path, "scans", "internal"))).status).toBe(404);
    const outsider = (await house.signup()).cookie;
    const refused = await house.request("GET", urlOf(path, "inside", "internal"), { cookie: outsider });
    expect(refused.body.code).toBe("internal_access_required");
    const retired = await get(urlOf(path, "old"));
    expect([retired.status, retired.body.detail]).toEqual([
      404,
      "The dataset is retired: its files are not given out any more.",
    ]);
  });

  test("are those of the listing and no others, however a path is written", async () => {
    const up = ["..", "../..", "../../..", "train/../..", "./../.."];
    const names = ["secret.csv", "holdouts/secret.csv", "evaluation/secret.csv", "datasets/secret.csv"];
    const hostile = [
      ...up.flatMap((steps) => names.map((name) => `${steps}/${name}`)),
      ...names.map((name) => join(scratch, name)),
      `file://${join(scratch, "holdouts/secret.csv")}`,
      "..%2f..%2fsecret.csv",
      "..\\..\\secret.csv",
      "train/../table.csv",
      "./table.csv",
      "/table.csv",
      "table.csv/",
      "table.csv ",
      "table.csv\0",
      "table.csv\0.png",
      "TABLE.CSV",
      "train",
      "%",
      "dataset.json",
      "../dataset.json",
      "é".repeat(400),
    ];
    for (const path of hostile) {
      for (const form of [encodeURIComponent(path), encodeURIComponent(encodeURIComponent(path))]) {
        const { status, text } = await get(`/api/v2/external/datasets/scans/files/${form}`);
        expect(`${path} ${[400, 404, 422].includes(status) ? "refused" : status}`).toBe(`${path} refused`);
        expect(text).not.toContain(SECRET);
      }
    }
  });

  const listen = () =>
    Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => house.app.handle(request) });

  test("come over a connection as they do without one: Bun cuts no range by itself", async () => {
    using server = listen();
    const ask = async (method: string, headers: Readonly<Record<string, string>>) => {
      const response = await fetch(`${server.url.origin}${urlOf("table.csv")}`, {
        method,
        headers: { ...headers, cookie },
      });
      return [response.status, await response.text(), response.headers.get("content-length")];
    };
    const whole = FILES["table.csv"] ?? "";
    expect(await ask("GET", {})).toEqual([200, whole, "13"]);
    expect(await ask("GET", { range: "bytes=3-7" })).toEqual([206, "label", "5"]);
    expect(await ask("GET", { range: "bytes=3-7", "if-range": '"other"' })).toEqual([200, whole, "13"]);
    expect(await ask("GET", { range: "bytes=0-1,3-4" })).toEqual([200, whole, "13"]);
    expect(await ask("HEAD", {})).toEqual([200, "", "13"]);
  });

  test("are those of the listing over a raw connection, too, where nobody tidies a path up", async () => {
    using server = listen();
    const raw = async (path: string): Promise<string> => {
      const done = Promise.withResolvers<string>();
      let heard = "";
      await Bun.connect({
        hostname: "127.0.0.1",
        port: server.port ?? 0,
        socket: {
          open: (socket) =>
            void socket.write(
              `GET ${path} HTTP/1.1\r\nHost: localhost:8600\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
            ),
          data: (_, bytes) => {
            heard += bytes.toString();
          },
          close: () => done.resolve(heard),
        },
      });
      return done.promise;
    };
    const base = "/api/v2/external/datasets/scans/files";
    expect(await raw(`${base}/table.csv`)).toContain("id,label");
    for (const path of [
      `${base}/../../../../../../holdouts/secret.csv`,
      `${base}/..%2f..%2fsecret.csv`,
      `${base}/%2e%2e/%2e%2e/secret.csv`,
      `${base}/%2e%2e%2f%2e%2e%2fsecret.csv`,
      `${base}/..\\..\\secret.csv`,
      `${base}/%c0%ae%c0%ae%2fsecret.csv`,
      `${base}/%`,
      `${base}//${join(scratch, "holdouts/secret.csv")}`,
    ]) {
      const heard = await raw(path);
      expect(`${path} ${/^HTTP\/1\.1 4\d\d /.test(heard)}`).toBe(`${path} true`);
      expect(heard).not.toContain(SECRET);
    }
  });

  test("that were swapped for a link, or have another size, are not given out", async () => {
    const secret = join(scratch, "holdouts/secret.csv");
    const file = join(folder, "table.csv");
    // Of the same size, so that only what it is tells them apart.
    writeFileSync(secret, SECRET.padEnd(FILES["table.csv"]?.length ?? 0));
    rmSync(file);
    symlinkSync(secret, file);
    expect((await get(urlOf("table.csv"))).status).toBe(404);
    rmSync(file);
    writeFileSync(file, "longer than it was at import");
    expect((await get(urlOf("table.csv"))).status).toBe(404);
    rmSync(file);
    mkdirSync(file);
    expect((await get(urlOf("table.csv"))).status).toBe(404);
    rmSync(file, { recursive: true });
    expect((await get(urlOf("table.csv"))).status).toBe(404);
    writeFileSync(file, FILES["table.csv"] ?? "");
    expect((await get(urlOf("table.csv"))).status).toBe(200);

    renameSync(join(folder, "train"), join(scratch, "moved"));
    symlinkSync(join(scratch, "moved"), join(folder, "train"));
    expect((await get(urlOf("train/images/case-1.nii.gz"))).status).toBe(404);
    rmSync(join(folder, "train"));
    renameSync(join(scratch, "moved"), join(folder, "train"));
  });

  test("are listed with what can be shown of them and with their mask", async () => {
    const list = async (query: string) => {
      const { body } = await get(`/api/v2/external/datasets/scans/files${query}`);
      return (body.data as { path: string; preview: string | null; mask: { path: string } | null }[]).map(
        ({ path, preview, mask }) => `${path} ${preview} ${mask?.path ?? null}`,
      );
    };
    expect(await list("?preview=volume")).toEqual([
      "train/images/case-1.nii.gz volume train/labels/case-1.nii.gz",
      "train/images/case-2.nii.gz volume null",
      "train/labels/case-1.nii.gz volume null",
    ]);
    expect(await list("?preview=image")).toEqual(["pictures/a b#é%2f.png image null"]);
    expect(await list("?preview=table&limit=1")).toEqual(["empty.csv table null"]);
    expect(await list("")).toHaveLength(Object.keys(FILES).length);
    expect((await get("/api/v2/external/datasets/scans/files?preview=film")).status).toBe(422);
    expect((await get("/api/v2/external/datasets/scans")).body.data).toMatchObject({
      previews: { volume: 3, image: 1, table: 2 },
    });
  });
});

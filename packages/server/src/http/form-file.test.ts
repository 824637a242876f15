import { describe, expect, test } from "bun:test";

import { MedforgeError } from "@medforge/core/errors";

import { type FormFile, readFormFile } from "./form-file.ts";

const BOUNDARY = "-----x7";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

function part(content: string, disposition = 'form-data; name="file"; filename="a.csv"'): string {
  return `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\nContent-Type: text/csv\r\n\r\n${content}\r\n`;
}
const END = `--${BOUNDARY}--\r\n`;

function asked(body: BodyInit, type = TYPE): Request {
  return new Request("http://localhost/", {
    method: "POST",
    body,
    headers: { "content-type": type },
    duplex: "half",
  } as RequestInit);
}

/** The body in pieces of `size` bytes, each asked for one by one. */
function inPieces(
  text: string,
  size: number,
  onPull: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        onPull();
        if (at >= bytes.length) return controller.close();
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
        at += size;
      },
    },
    { highWaterMark: 0 },
  );
}

async function read(request: Request, bytesMax = 1_000_000): Promise<FormFile & { content: string }> {
  const pieces: Uint8Array[] = [];
  const file = await readFormFile(request, bytesMax, Date.now, async (piece) => {
    await Bun.sleep(0);
    pieces.push(Uint8Array.from(piece));
  });
  return { ...file, content: Buffer.concat(pieces).toString() };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error) => (error instanceof MedforgeError ? error.code : String(error)),
  );
}

describe("the file of a form", () => {
  test("comes whole, however the body is cut into pieces", async () => {
    const content = Array.from({ length: 300 }, (_, i) => `${i},a\r\n--${BOUNDARY.slice(1)}\r`).join("");
    for (const size of [1, 7, 64, 1000, 100_000]) {
      const got = await read(asked(inPieces(part(content) + END, size)));
      expect(got).toEqual({ name: "a.csv", bytes: content.length, content });
    }
  });

  test("may be empty, and what comes after the last boundary is not part of it", async () => {
    expect(await read(asked(`${part("")}${END}`))).toMatchObject({ bytes: 0, content: "" });
    expect(await read(asked(`${part("ab")}${END}epilogue`))).toMatchObject({ content: "ab" });
  });

  test("has a name that can be shown: no folders, nothing that cannot be seen, at most 255 characters", async () => {
    const named = async (name: string) =>
      (await read(asked(part("x", `form-data; name="file"; filename="${name}"`) + END))).name;
    expect(await named("C:\\\\data\\\\vorhersage ü.csv")).toBe("vorhersage ü.csv");
    expect(await named("../../etc/passwd")).toBe("passwd");
    expect(await named("a\u202egpj.csv\u0007")).toBe("agpj.csv");
    expect([...(await named("😀".repeat(300)))].length).toBe(255);
    expect(await named("")).toBe("file");
  });

  test("is refused when the form is not one file in the field `file`, each fault by its name", async () => {
    const other = part("x", 'form-data; name="upload"; filename="a.csv"');
    const field = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n`;
    const cases: [string, BodyInit, string, string?][] = [
      ["other field", other + END, "invalid_request"],
      ["two files", part("1") + part("2") + END, "invalid_request"],
      ["a field before", field + part("1") + END, "invalid_request"],
      ["a field after", part("1") + field + END, "invalid_request"],
      ["no part", END, "invalid_request"],
      ["nothing", "", "malformed_request"],
      ["no last boundary", part("1"), "malformed_request"],
      ["cut in the content", part("12345").slice(0, -4), "malformed_request"],
      ["cut in the headers", part("1").slice(0, 40), "malformed_request"],
      ["json", "{}", "unsupported_media_type", "application/json"],
      ["no boundary", part("1") + END, "malformed_request", "multipart/form-data; charset=utf-8"],
      ["wrong boundary", part("1") + END, "malformed_request", "multipart/form-data; boundary=other"],
    ];
    for (const [name, body, code, type] of cases)
      expect([name, await codeOf(read(asked(body, type)))]).toEqual([name, code]);
  });

  test("is refused while it is read when it is too large, announced or not", async () => {
    const large = part("x".repeat(300_000)) + END;
    let pulls = 0;
    expect(await codeOf(read(asked(inPieces(large, 1000, () => void pulls++)), 100_000))).toBe(
      "upload_too_large",
    );
    expect(pulls).toBeLessThan(250);
    let announcedPulls = 0;
    const announced = asked(inPieces(large, 1000, () => void announcedPulls++));
    announced.headers.set("content-length", "300000");
    expect(await codeOf(read(announced, 100_000))).toBe("upload_too_large");
    expect(announcedPulls).toBe(0);
    expect(await codeOf(read(asked(`${"preamble".repeat(30_000)}\r\n${part("x")}${END}`), 1000))).toBe(
      "upload_too_large",
    );
  });

  test("whose taker fails is not read to its end, and the taker's own error is thrown", async () => {
    let pulls = 0;
    const body = inPieces(part("x".repeat(3_000_000)) + END, 10_000, () => void pulls++);
    const full = new Error("no space");
    const reading = readFormFile(asked(body), 10_000_000, Date.now, async () => {
      await Bun.sleep(1);
      throw full;
    });
    expect(await reading.catch((error) => error)).toBe(full);
    expect(pulls).toBeLessThan(100);
  });

  test("is taken at the taker's own pace: the sender waits", async () => {
    let pulls = 0;
    let taken = 0;
    let ahead = 0;
    const body = inPieces(part("x".repeat(2_000_000)) + END, 16_384, () => void pulls++);
    await readFormFile(asked(body), 10_000_000, Date.now, async (piece) => {
      ahead = Math.max(ahead, pulls * 16_384 - taken);
      await Bun.sleep(1);
      taken += piece.byteLength;
    });
    expect(taken).toBe(2_000_000);
    expect(ahead).toBeLessThan(400_000);
  });
});

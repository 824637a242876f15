import { once } from "node:events";

import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import { MedforgeError } from "@medforge/core/errors";
import type { OpenAPIV3 } from "openapi-types";

/** The one field that a form may have. */
const FIELD = "file";
/** What a form may be larger than its file: boundaries and headers of the part. */
export const FORM_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 8 * 1024;
/**
 * What was taken is garbage at once, but a heap as large as the server's lets another 130 MB of it gather before it
 * collects. Told to, it takes 12 ms each time.
 */
const GARBAGE_BYTES_MAX = 32 * 1024 ** 2;
/** Long enough for a slow line; an upload that never ends holds a connection and a file for ever. */
const RECEIVE_MS_MAX = 6 * 3_600_000;

/** A line may be silent for so long while it sends; longer than Bun's own 10 s, as lines are. */
export const SILENCE_S = 120;

/** For /docs: what a route takes that reads such a form. */
export const FILE_FORM: OpenAPIV3.RequestBodyObject = {
  required: true,
  content: {
    "multipart/form-data": {
      schema: {
        type: "object",
        required: [FIELD],
        properties: { [FIELD]: { type: "string", format: "binary" } },
      },
    },
  },
};

export interface FormFile {
  /** As the sender calls it, without folders and without characters that cannot be seen. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * Reads a form (RFC 7578) with exactly one file, in the field `file`. No more than a few pieces are ever in memory: the
 * sender waits until `take` is done with what came before. What is left unread after a fault is never read.
 * @param take given the pieces of the file in order, one at a time
 * @throws MedforgeError `unsupported_media_type`, `malformed_request` (also for a body that was cut off),
 *   `invalid_request`, `upload_too_large`, and whatever `take` throws
 */
export async function readFormFile(
  request: Request,
  bytesMax: number,
  now: () => number,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<FormFile> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax + FORM_BYTES_MAX)
    throw tooLarge(bytesMax);
  const form = openForm(request.headers.get("content-type") ?? "");
  const broken = new AbortController();
  const fail = (error: unknown) => broken.abort(error);
  let file: Promise<FormFile> | undefined;
  form.on("file", (field, pieces, name: string | undefined) => {
    // The stream's own error means that the form ended early, which the form tells as well.
    pieces.on("error", () => fail(cutOff()));
    if (field !== FIELD) return fail(notOneFile());
    file = takeAll(pieces, name, bytesMax, take);
    file.catch(fail);
  });
  for (const event of ["filesLimit", "fieldsLimit", "partsLimit"] as const)
    form.on(event, () => fail(notOneFile()));
  form.on("error", (error) => fail(cutOff(error)));
  try {
    await feed(form, request, bytesMax + FORM_BYTES_MAX, now, broken.signal);
    if (file === undefined) throw notOneFile();
    return await file;
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error;
  }
}

function openForm(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw new MedforgeError(
      "unsupported_media_type",
      `Send a form, \`multipart/form-data\`, with the file in its field \`${FIELD}\`.`,
    );
  }
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: { files: 1, fields: 0, parts: 1, headerPairs: 20, headerSize: HEADER_BYTES_MAX },
    });
  } catch (error) {
    throw new MedforgeError("malformed_request", "The form's Content-Type names no boundary.", {
      cause: error,
    });
  }
}

/** The whole body into the form, no faster than the file is taken. */
async function feed(
  form: BusboyInstance,
  request: Request,
  bodyBytesMax: number,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  const from = now();
  const finished = once(form, "finish", { signal });
  // Awaited at the end only: until then a fault is told by the signal.
  finished.catch(() => undefined);
  let bytes = 0;
  let garbage = 0;
  for await (const chunk of bodyOf(request)) {
    signal.throwIfAborted();
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) throw tooLarge(bodyBytesMax - FORM_BYTES_MAX);
    if (now() - from > RECEIVE_MS_MAX) {
      throw new MedforgeError("malformed_request", "The upload took too long. Try again on a faster line.");
    }
    if (!form.write(chunk)) await once(form, "drain", { signal });
    garbage += chunk.byteLength;
    if (garbage > GARBAGE_BYTES_MAX) {
      garbage = 0;
      Bun.gc(true);
    }
  }
  form.end();
  await finished;
}

/** A connection that breaks is the sender's, not a fault of ours. */
async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw cutOff(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Nobody waits for the rest, so nobody cares how that ends.
    reader.cancel().catch(() => undefined);
  }
}

async function takeAll(
  pieces: BusboyFileStream,
  name: string | undefined,
  bytesMax: number,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<FormFile> {
  let bytes = 0;
  for await (const piece of pieces as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    await take(piece);
  }
  return { name: shownName(name ?? ""), bytes };
}

const NAME_MAX = 255;

function shownName(name: string): string {
  const seen = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "")
    .trim();
  return [...seen].slice(0, NAME_MAX).join("") || FIELD;
}

function tooLarge(bytesMax: number): MedforgeError {
  return new MedforgeError("upload_too_large", `The file may have at most ${bytesMax} bytes.`);
}

function cutOff(cause?: unknown): MedforgeError {
  return new MedforgeError(
    "malformed_request",
    "The form ended before its last boundary. Nothing was kept; send it again.",
    { cause },
  );
}

function notOneFile(): MedforgeError {
  return new MedforgeError("invalid_request", `Send exactly one file, in the field \`${FIELD}\`.`, {
    fields: [{ path: FIELD, message: "Expected exactly one file" }],
  });
}

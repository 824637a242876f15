import { MedforgeError } from "@medforge/core/errors";

/** No JSON that anybody has reason to send is larger. */
export const JSON_BYTES_MAX = 64 * 1024;

/** Routes that take a file: they read it themselves, piece by piece, as it is too much to hold. */
const FILE_ROUTES: ReadonlySet<string> = new Set([
  "POST /api/v2/admin/competitions",
  "POST /api/v2/admin/competitions/check",
  "POST /api/v2/external/competitions/:slug/submissions",
  "POST /api/v2/internal/competitions/:slug/submissions",
]);

export function takesFile(method: string, route: string): boolean {
  return FILE_ROUTES.has(`${method} ${route}`);
}

/** Nothing we take is nested deeper than a few levels, and what walks a value recursively has only so much stack. */
const JSON_DEPTH_MAX = 32;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The body, read with a bound and strictly; an empty one is `{}`, so that what is missing gets named. */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type");
  if (type !== null && !/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type))
    throw notJson();
  const text = await readText(request);
  if (text === "") return {};
  if (type === null) throw notJson();
  if (isDeeperThan(text, JSON_DEPTH_MAX)) {
    throw new MedforgeError("malformed_request", `The body is nested deeper than ${JSON_DEPTH_MAX} levels.`);
  }
  try {
    // Half of a surrogate pair is no character, and only an escape can write one (RFC 7493, 2.1).
    return /\\ud[89a-f]/i.test(text) ? JSON.parse(text, wholeCharacters) : JSON.parse(text);
  } catch {
    throw new MedforgeError("malformed_request", "The body is not JSON.");
  }
}

function wholeCharacters(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
    throw new SyntaxError("half of a surrogate pair");
  }
  return value;
}

/** Counts brackets outside of strings; right for JSON, and harmless for what is none. */
function isDeeperThan(text: string, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === "\\") i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") {
      if (++depth > levels) return true;
    } else if (character === "]" || character === "}") depth--;
  }
  return false;
}

async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MedforgeError("malformed_request", "The body is not UTF-8.");
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (Number(length ?? 0) > JSON_BYTES_MAX) throw tooLarge();
  // HTTP holds the sender to the length. Also, of the streams that Bun makes for `body` some are never freed.
  if (length !== null) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream: the rest is never read.
    if (bytes > JSON_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function notJson(): MedforgeError {
  return new MedforgeError(
    "unsupported_media_type",
    "Send JSON, and say so with `Content-Type: application/json`.",
  );
}

function tooLarge(): MedforgeError {
  return new MedforgeError("upload_too_large", `The body may have at most ${JSON_BYTES_MAX / 1024} KiB.`);
}

import { isKnown, wantedRange } from "./byte-range.ts";
import { attachment } from "./download.ts";

/** A file as it was recorded: its hash is its tag, so what changed behind our back never passes for the same. */
export interface RecordedFile {
  readonly path: string;
  /** How a browser would save it. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly contentType: string;
}

/** Somebody else's bytes: opened by themselves they run nothing, load nothing and have no origin. */
const FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** The file or the part that was asked for, read from disk as fast as it is taken; 304 to who has it, 416 beyond its end. */
export function serveFile(request: Request, file: RecordedFile): Response {
  const etag = `"${file.sha256}"`;
  const headers = {
    etag,
    "accept-ranges": "bytes",
    // Kept, but asked about each time: the right to see it may have ended.
    "cache-control": "private, no-cache",
    "content-security-policy": FILE_POLICY,
  };
  if (isKnown(request.headers, etag)) return new Response(null, { status: 304, headers });
  const wanted = wantedRange(request.headers, file.bytes, etag);
  if (wanted.is === "none") {
    return new Response(null, {
      status: 416,
      headers: { ...headers, "content-range": `bytes */${file.bytes}` },
    });
  }
  const [first, end] = wanted.is === "all" ? [0, file.bytes] : [wanted.first, wanted.last + 1];
  // A slice in any case: out of a whole file Bun would cut a range by rules of its own.
  return new Response(Bun.file(file.path).slice(first, end), {
    status: wanted.is === "all" ? 200 : 206,
    headers: {
      ...headers,
      "content-type": file.contentType,
      "content-disposition": attachment(file.name),
      ...(wanted.is === "all" ? {} : { "content-range": `bytes ${first}-${end - 1}/${file.bytes}` }),
    },
  });
}

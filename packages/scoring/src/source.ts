import { ScoringError } from "./errors.ts";

/** Bytes that are read in pieces: a file on disk, a Blob of the browser, or plain memory. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`; both are inside the source. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** A File or Blob (in Node: `await fs.openAsBlob(path)`, in Bun: `Bun.file(path)`); only what is read is in memory. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

export function sourceOf(input: Uint8Array | Blob | ByteSource): ByteSource {
  if (input instanceof Uint8Array) return bytesSource(input);
  return input instanceof Blob ? blobSource(input) : input;
}

/** All of a source in memory, refused before the first byte is read if it is larger than allowed. */
export async function readAll(source: ByteSource, bytesMax: number): Promise<Uint8Array> {
  if (source.size > bytesMax) throw new ScoringError("too_large");
  return source.read(0, source.size);
}

import { platformCrc32 } from "../crc32.ts";
import type { ByteSource } from "../source.ts";
import type { ZipRecord } from "./zip-directory.ts";

/** How much of the archive is in memory at a time; deflate makes at most 1032 times that of it. */
const pieceBytes = 1 << 16;

/**
 * What an entry expands to, in order and a piece at a time: for whoever writes it away, whatever its size. Length and CRC
 * are checked with the last piece, so what came before is worth nothing if this throws.
 * @param start of the entry's data in the archive
 * @param damaged makes the error for an entry that is not what the directory says
 */
export async function* entryPieces(
  source: ByteSource,
  record: ZipRecord,
  start: number,
  damaged: () => Error,
): AsyncGenerator<Uint8Array> {
  const crc32 = await platformCrc32();
  const packed = piecesOf(source, start, record.packedBytes);
  let bytes = 0;
  let crc = 0;
  for await (const piece of record.method === 0 ? packed : inflated(packed, damaged)) {
    bytes += piece.length;
    if (bytes > record.bytes) throw damaged();
    crc = crc32(piece, crc);
    yield piece;
  }
  if (bytes !== record.bytes || crc !== record.crc) throw damaged();
}

async function* piecesOf(source: ByteSource, start: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += pieceBytes)
    yield await source.read(start + at, Math.min(pieceBytes, bytes - at));
}

/** By DecompressionStream, which refuses what is cut off and what goes on after its end. */
async function* inflated(
  packed: AsyncGenerator<Uint8Array>,
  damaged: () => Error,
): AsyncGenerator<Uint8Array> {
  let unread: unknown;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await packed.next().catch((error: unknown) => {
        unread = error;
        throw error;
      });
      if (next.done) controller.close();
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw unread ?? damaged();
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops in the middle wants no more.
    await reader.cancel().catch(() => undefined);
  }
}

import { datasetFile } from "./api.ts";

/** Reading a file of a dataset for a preview: never more of it than a page can hold. */

/** A file that was too large, or not what its name says. The message is for people. */
export class NotShown extends Error {}

export interface ReadOptions {
  /** Of what comes over the network. */
  readonly bytesMax: number;
  /** Of what it becomes: a few kilobytes of gzip can hide as many gigabytes. */
  readonly expandedBytesMax: number;
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/** All of a file, unpacked where its name ends with `.gz`. @throws ApiProblem, NotShown */
export async function readWhole(
  slug: string,
  file: { readonly path: string; readonly bytes: number },
  options: ReadOptions,
): Promise<ArrayBuffer> {
  if (file.bytes > options.bytesMax) throw new NotShown("It is too large to be shown here.");
  const response = await datasetFile(slug, file.path, { signal: options.signal });
  const taken = counted(response, (bytes) => options.onProgress(bytes / file.bytes));
  const isPacked = file.path.toLowerCase().endsWith(".gz");
  const unpacked = isPacked ? taken.pipeThrough(new DecompressionStream("gzip")) : taken;
  return new Response(limited(unpacked, options.expandedBytesMax)).arrayBuffer().catch((fault: unknown) => {
    if (fault instanceof TypeError && isPacked) throw new NotShown("It is not a whole gzip file.");
    throw fault;
  });
}

function counted(
  response: Response,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  const through = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      bytes += piece.length;
      onBytes(bytes);
      controller.enqueue(piece);
    },
  });
  return (response.body ?? new Blob().stream()).pipeThrough(through);
}

function limited(stream: ReadableStream<Uint8Array<ArrayBuffer>>, bytesMax: number) {
  let bytes = 0;
  const through = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(piece, controller) {
      bytes += piece.length;
      if (bytes > bytesMax) controller.error(new NotShown("Unpacked it is too large to be shown here."));
      else controller.enqueue(piece);
    },
  });
  return stream.pipeThrough(through);
}

/** The few functions of node:zlib that are used where they exist (Node, Bun); a browser has none of them. */
export interface Zlib {
  inflateRawSync(data: Uint8Array, options: InflateOptions & { info: true }): Inflation;
  inflateRawSync(data: Uint8Array, options: InflateOptions): Uint8Array;
  gzipSync(data: Uint8Array, options: { level: number }): Uint8Array;
  /** Node 20.15 and 22.2 on, and Bun. */
  crc32?(data: Uint8Array): number;
}

interface InflateOptions {
  chunkSize: number;
  maxOutputLength: number;
  finishFlush?: number;
}

interface Inflation {
  buffer: Uint8Array;
  /** `bytesWritten` counts the compressed bytes that were taken, so it finds the end of a gzip member. */
  engine: { bytesWritten: number };
}

interface NodeProcess {
  versions?: { node?: string };
  getBuiltinModule?(name: string): unknown;
}

/** A module of Node and Bun, or nothing in a browser. Asked for by name at run time, so that no bundler includes it. */
export async function platformModule(
  name: "node:crypto" | "node:worker_threads" | "node:zlib",
): Promise<unknown> {
  const { process } = globalThis as { process?: NodeProcess };
  if (process?.versions?.node === undefined) return undefined;
  return process.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ name));
}

let zlib: Promise<unknown> | undefined;

export async function platformZlib(): Promise<Zlib | undefined> {
  zlib ??= platformModule("node:zlib");
  return (await zlib) as Zlib | undefined;
}

/**
 * Gives the buffer behind an array back at once where the platform can, so that the next one need not be new memory.
 * Small ones are left alone, because Node cuts them from a pool that others use, and so are those that are gone already.
 */
export function release(array: ArrayBufferView): void {
  if (array.buffer.byteLength < 1 << 20) return;
  const buffer = array.buffer as ArrayBuffer & { transfer?(byteLength: number): ArrayBuffer };
  buffer.transfer?.(0);
}

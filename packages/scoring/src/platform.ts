/** The few functions of node:zlib that are used where they exist (Node, Bun); a browser has none of them. */
export interface Zlib {
  createInflateRaw(options: { chunkSize: number }): InflateStream;
  gzipSync(data: Uint8Array, options: { level: number }): Uint8Array;
  /** Node 20.15 and 22.2 on, and Bun. `before` is the check sum of what came before. */
  crc32?(data: Uint8Array, before?: number): number;
}

/**
 * What lies below the streams of node:zlib in Node and Bun. Not documented, and so only used where all of it is there;
 * but the one way to inflate into memory of our own (pngjs, which nearly everything that reads PNG in Node stands on, does the same).
 */
export interface InflateStream {
  readonly _handle?: InflateHandle;
  /** Room left in the output and input left after a write. */
  readonly _writeState?: Uint32Array;
}

export interface InflateHandle {
  writeSync?(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror(message: string, errno: number, code: string): void;
  close(): void;
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

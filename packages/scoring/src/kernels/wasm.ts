import { ScoringError } from "../errors.ts";
import { ARENA_BYTES_MAX, Arena, type Backing } from "./arena.ts";
import type { Engine } from "./engine.ts";

/** Below lies what kernels use for themselves. */
export const ARENA_BASE = 2048;
export const PAGE_BYTES = 65_536;
const PAGES_MAX = 65_536;

let compiled: Promise<WebAssembly.Module | undefined> | undefined;

/**
 * The kernels in WebAssembly with a memory of their own; nothing where this platform has no WebAssembly with SIMD.
 * @throws Error in a checkout where they were not compiled; a built package always has them
 */
export async function wasmEngine(): Promise<Engine | undefined> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX });
  const exports = await instantiateKernels(memory);
  return (
    exports && { name: "wasm", arena: new Arena(memoryBacking(memory), ARENA_BASE), ...kernelsOf(exports) }
  );
}

/** What is compiled, over a memory of the caller's; nothing where `wasmEngine` is nothing. */
export async function instantiateKernels(
  memory: WebAssembly.Memory,
): Promise<WebAssembly.Exports | undefined> {
  compiled ??= compile();
  const module = await compiled;
  return module && (await WebAssembly.instantiate(module, { env: { memory } })).exports;
}

async function compile(): Promise<WebAssembly.Module | undefined> {
  const { kernelsBase64 } = await import("./wasm-module.js").catch((cause: unknown) => {
    const remedy = "In a checkout, run `bun packages/scoring/build-kernels.ts`.";
    throw new Error(`The compiled kernels (wasm-module.js) are missing. ${remedy}`, { cause });
  });
  try {
    return await WebAssembly.compile(Uint8Array.from(atob(kernelsBase64), (char) => char.charCodeAt(0)));
  } catch {
    // No SIMD, or forbidden by the page's content security policy: the plain kernels give the same numbers.
    return undefined;
  }
}

type Kernels = Omit<Engine, "name" | "arena">;

const NAMES: readonly (keyof Kernels)[] = [
  "pack",
  "overlap",
  "crop",
  "cornerSurface",
  "cornerClasses",
  "voxelSurface",
  "near",
  "collect",
  "buildBricks",
  "buildTree",
  "far",
  "sortDistances",
  "components",
];

function kernelsOf(exports: WebAssembly.Exports): Kernels {
  for (const name of NAMES) {
    if (typeof exports[name] !== "function") throw new TypeError(`The compiled kernels lack ${name}.`);
  }
  // Their arguments are numbers in the order of the plain kernels; the tests hold both against each other.
  return exports as unknown as Kernels;
}

function memoryBacking(memory: WebAssembly.Memory): Backing {
  return {
    buffer: () => memory.buffer,
    grow(bytesMin) {
      const present = memory.buffer.byteLength;
      // Growing replaces every view, so a little more than asked for, but never much more than needed.
      const wanted = Math.min(ARENA_BYTES_MAX, bytesMin + Math.min(bytesMin / 8, 1 << 26));
      try {
        memory.grow(Math.ceil((Math.max(wanted, bytesMin) - present) / PAGE_BYTES));
      } catch {
        throw new ScoringError("too_large", `There is no room for ${bytesMin} bytes of working memory.`);
      }
    },
  };
}

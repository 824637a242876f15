import { ScoringError } from "../errors.ts";

/** The same memory seen as every type that the kernels use. Addresses are bytes; an index is `address >> shift`. */
export interface Views {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** Where an arena gets its bytes: WebAssembly's memory, or a buffer of our own for the plain kernels. */
export interface Backing {
  /** The present buffer; another one after each `grow`. */
  buffer(): ArrayBuffer;
  /** At least so many bytes, with the old content; throws `too_large` where that cannot be had. */
  grow(bytesMin: number): void;
}

/** An address fits a u32, and WebAssembly's memory ends there. */
export const ARENA_BYTES_MAX = 2 ** 32 - 65_536;
const ALIGNMENT = 64;

/**
 * Grow-only memory with a stack discipline: what was allocated after a `mark` goes at once with `release`. The views
 * are replaced whenever the memory grows, so nothing may keep them across an `allocate`.
 */
export class Arena {
  views: Views;
  readonly #backing: Backing;
  #top: number;
  #peak: number;

  constructor(backing: Backing, base: number) {
    this.#backing = backing;
    this.#top = roundUp(base);
    this.#peak = this.#top;
    this.views = viewsOf(backing.buffer());
  }

  /** The address of `bytes` bytes, aligned to 64, content unknown. */
  allocate(bytes: number): number {
    const at = this.#top;
    const top = roundUp(at + bytes);
    if (!(top <= ARENA_BYTES_MAX)) {
      throw new ScoringError("too_large", "The masks need more than the 4 GiB that the kernels can address.");
    }
    if (top > this.views.u8.byteLength) {
      this.#backing.grow(top);
      this.views = viewsOf(this.#backing.buffer());
    }
    this.#top = top;
    if (top > this.#peak) this.#peak = top;
    return at;
  }

  /** As `allocate`, with every byte 0. */
  allocateZeroed(bytes: number): number {
    const at = this.allocate(bytes);
    this.views.u8.fill(0, at, at + bytes);
    return at;
  }

  mark(): number {
    return this.#top;
  }

  /** Gives back everything that was allocated since the mark. The memory itself stays, for the next case. */
  release(mark: number): void {
    this.#top = mark;
  }

  get bytesPeak(): number {
    return this.#peak;
  }
}

/** A buffer of our own, doubled when it is too small. */
export function bufferBacking(): Backing {
  let buffer = new ArrayBuffer(1 << 20);
  return {
    buffer: () => buffer,
    grow(bytesMin) {
      const bytes = Math.min(ARENA_BYTES_MAX, Math.max(bytesMin, 2 * buffer.byteLength));
      let larger: ArrayBuffer;
      try {
        larger = new ArrayBuffer(bytes);
      } catch {
        throw new ScoringError("too_large", `There is no room for ${bytes} bytes of working memory.`);
      }
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
    },
  };
}

function viewsOf(buffer: ArrayBuffer): Views {
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

import { u32 } from "../crc32.ts";
import { ScoringError } from "../errors.ts";

/** In front of each id's bytes: its index and its length, four bytes each. */
const headBytes = 8;
const free = 0xffffffff;

/**
 * Finds an id among known ones straight from the bytes of a field, without making a string of it: open addressing over
 * an FNV-1a hash, with the hash beside the place, so that a search in any order waits for memory twice at most. Ids are
 * compared byte by byte, so "é" in two Unicode spellings is two ids.
 */
export class IdIndex {
  readonly ids: readonly string[];
  /** One id after the other, each behind its head. */
  readonly #bytes: Uint8Array;
  /** Where each id's head begins. */
  readonly #offsets: Uint32Array;
  /** Pairs: the hash, and where the id's head begins, or `free`. */
  readonly #slots: Uint32Array;

  /** Throws if an id is empty or occurs twice, or if there are 4 GiB of them. */
  constructor(ids: readonly string[]) {
    this.ids = ids;
    const encoder = new TextEncoder();
    const encoded = ids.map((id) => encoder.encode(id));
    const total = encoded.reduce((sum, bytes) => sum + bytes.length + headBytes, 0);
    if (total >= free) throw new ScoringError("too_large", undefined, { argument: "ids" });
    this.#offsets = new Uint32Array(ids.length);
    this.#bytes = new Uint8Array(total);
    this.#slots = new Uint32Array(2 * 2 ** Math.ceil(Math.log2(2 * ids.length + 2))).fill(free);
    const view = new DataView(this.#bytes.buffer);
    let at = 0;
    encoded.forEach((bytes, index) => {
      const fault = (code: "id_empty" | "id_duplicate") =>
        new ScoringError(code, undefined, { argument: "ids", index });
      if (bytes.length === 0) throw fault("id_empty");
      const hash = hashOf(bytes, 0, bytes.length);
      const slot = this.#slot(hash, bytes, 0, bytes.length);
      if (this.#slots[slot + 1] !== free) throw fault("id_duplicate");
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = at;
      view.setUint32(at, index, true);
      view.setUint32(at + 4, bytes.length, true);
      this.#bytes.set(bytes, at + headBytes);
      this.#offsets[index] = at;
      at += headBytes + bytes.length;
    });
  }

  get size(): number {
    return this.ids.length;
  }

  /** The index of the id, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#indexAt(this.#slot(hashOf(bytes, start, end), bytes, start, end));
  }

  /**
   * The indices of many ids at once, −1 for those that are not known: the one at `starts[at]..ends[at]`, then every
   * `step`-th one. In three rounds, so that the processor waits for many places in memory at a time.
   */
  findAll(
    bytes: Uint8Array,
    starts: Int32Array,
    ends: Int32Array,
    at: number,
    step: number,
    out: Int32Array,
  ): void {
    const count = out.length;
    const hashes = new Uint32Array(count);
    const places = new Uint32Array(count);
    for (let i = 0, own = at; i < count; i++, own += step) {
      hashes[i] = hashOf(bytes, starts[own] as number, ends[own] as number);
    }
    for (let i = 0; i < count; i++) {
      const slot = this.#firstSlot(hashes[i] as number);
      places[i] = this.#slots[slot] === hashes[i] ? (this.#slots[slot + 1] as number) : free;
    }
    for (let i = 0, own = at; i < count; i++, own += step) {
      const [start, end, place] = [starts[own] as number, ends[own] as number, places[i] as number];
      // Not in its first slot, or not there at all: the long way.
      const isHere = place !== free && this.#equals(place, bytes, start, end);
      out[i] = isHere
        ? u32(this.#bytes, place)
        : this.#indexAt(this.#slot(hashes[i] as number, bytes, start, end));
    }
  }

  findText(id: string): number {
    const bytes = new TextEncoder().encode(id);
    return this.find(bytes, 0, bytes.length);
  }

  /** Whether the id at `index` is exactly these bytes; false beyond the last. */
  is(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (index < 0 || index >= this.ids.length) return false;
    return this.#equals(this.#offsets[index] as number, bytes, start, end);
  }

  #indexAt(slot: number): number {
    const at = this.#slots[slot + 1] as number;
    return at === free ? -1 : u32(this.#bytes, at);
  }

  #firstSlot(hash: number): number {
    return ((hash ^ (hash >>> 15)) << 1) & (this.#slots.length - 1);
  }

  /** The slot that holds these bytes, or the free one in which they belong. */
  #slot(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#firstSlot(hash);
    for (;;) {
      const at = this.#slots[slot + 1] as number;
      if (at === free) return slot;
      if (this.#slots[slot] === hash && this.#equals(at, bytes, start, end)) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #equals(at: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (u32(this.#bytes, at + 4) !== end - start) return false;
    let own = at + headBytes;
    for (let other = start; other < end; other++, own++) if (this.#bytes[own] !== bytes[other]) return false;
    return true;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash >>> 0;
}

import { ScoringError } from "../errors.ts";

/**
 * Finds an id among known ones straight from the bytes of a field, without making a string of it: open addressing over
 * an FNV-1a hash. Ids are compared byte by byte, so "é" in two Unicode spellings is two ids.
 */
export class IdIndex {
  readonly ids: readonly string[];
  readonly #bytes: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #slots: Int32Array;

  /** Throws if an id is empty or occurs twice. */
  constructor(ids: readonly string[]) {
    this.ids = ids;
    const encoded = ids.map((id) => new TextEncoder().encode(id));
    this.#offsets = new Int32Array(ids.length + 1);
    encoded.forEach((bytes, index) => {
      this.#offsets[index + 1] = (this.#offsets[index] as number) + bytes.length;
    });
    this.#bytes = new Uint8Array(this.#offsets[ids.length] as number);
    encoded.forEach((bytes, index) => {
      this.#bytes.set(bytes, this.#offsets[index] as number);
    });
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * ids.length + 2))).fill(-1);
    encoded.forEach((bytes, index) => {
      if (bytes.length === 0) throw new ScoringError("id_empty", undefined, { argument: "ids", index });
      const slot = this.#slot(bytes, 0, bytes.length);
      if (this.#slots[slot] !== -1)
        throw new ScoringError("id_duplicate", undefined, { argument: "ids", index });
      this.#slots[slot] = index;
    });
  }

  get size(): number {
    return this.ids.length;
  }

  /** The index of the id, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slot(bytes, start, end)] as number;
  }

  findText(id: string): number {
    const bytes = new TextEncoder().encode(id);
    return this.find(bytes, 0, bytes.length);
  }

  #slot(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index < 0 || this.is(index, bytes, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Whether the id at `index` is exactly these bytes; false beyond the last. */
  is(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (index < 0 || index >= this.ids.length) return false;
    let own = this.#offsets[index] as number;
    if ((this.#offsets[index + 1] as number) - own !== end - start) return false;
    for (let at = start; at < end; at++, own++) if (this.#bytes[own] !== bytes[at]) return false;
    return true;
  }
}

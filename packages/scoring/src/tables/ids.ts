import { ScoringError } from "../errors.ts";

/** In front of each id's words: its index and its length in bytes. */
const headWords = 2;
const free = 0xffffffff;

/**
 * Finds an id among known ones straight from the bytes of a field, without making a string of it: open addressing, with
 * the hash beside the place, so that a search in any order waits for memory twice at most. Ids are compared byte by
 * byte, four at a time, so "é" in two Unicode spellings is two ids.
 */
export class IdIndex {
  readonly ids: readonly string[];
  /** One id after the other: its head, and its bytes as words, with zeros to the end of the last one. */
  readonly #words: Uint32Array;
  /** Where each id's head begins. */
  readonly #offsets: Uint32Array;
  /** Pairs: the hash, and where the id's head begins, or `free`. */
  readonly #slots: Uint32Array;

  /** Throws if an id is empty or occurs twice, or if there are 4 GiB of them. */
  constructor(ids: readonly string[]) {
    this.ids = ids;
    const encoder = new TextEncoder();
    const encoded = ids.map((id) => encoder.encode(id));
    const total = encoded.reduce((sum, { length }) => sum + headWords + Math.ceil(length / 4), 0);
    if (4 * total >= free) throw new ScoringError("too_large", undefined, { argument: "ids" });
    this.#offsets = new Uint32Array(ids.length);
    this.#words = new Uint32Array(total);
    this.#slots = new Uint32Array(2 * 2 ** Math.ceil(Math.log2(2 * ids.length + 2))).fill(free);
    let place = 0;
    encoded.forEach((bytes, index) => {
      const fault = (code: "id_empty" | "id_duplicate") =>
        new ScoringError(code, undefined, { argument: "ids", index });
      const { length } = bytes;
      if (length === 0) throw fault("id_empty");
      const view = new DataView(bytes.buffer, bytes.byteOffset, length);
      const hash = hashOf(view, 0, length);
      const slot = this.#slot(hash, view, 0, length);
      if (this.#slots[slot + 1] !== free) throw fault("id_duplicate");
      this.#slots[slot] = hash;
      this.#slots[slot + 1] = place;
      this.#offsets[index] = place;
      this.#words[place] = index;
      this.#words[place + 1] = length;
      place += headWords;
      for (let at = 0; at < length; at += 4) this.#words[place++] = wordAt(view, at, length);
    });
  }

  get size(): number {
    return this.ids.length;
  }

  /**
   * The indices of many ids at once, −1 for those that are not known: the one at `starts[at]..ends[at]`, then every
   * `step`-th one. In rounds, so that the processor waits for many places in memory at a time.
   */
  findAll(
    view: DataView,
    starts: Int32Array,
    ends: Int32Array,
    at: number,
    step: number,
    out: Int32Array,
  ): void {
    const count = out.length;
    const hashes = new Uint32Array(count);
    const places = new Uint32Array(count);
    const [slots, words] = [this.#slots, this.#words];
    for (let i = 0, own = at; i < count; i++, own += step) {
      hashes[i] = hashOf(view, starts[own] as number, ends[own] as number);
    }
    for (let i = 0; i < count; i++) {
      const hash = hashes[i] as number;
      let slot = this.#firstSlot(hash);
      while (slots[slot] !== hash && slots[slot + 1] !== free) slot = (slot + 2) & (slots.length - 1);
      places[i] = slots[slot + 1] as number;
    }
    // Brings the words near, for the round after it.
    for (let i = 0; i < count; i++) out[i] = words[places[i] as number] ?? 0;
    for (let i = 0, own = at; i < count; i++, own += step) {
      const start = starts[own] as number;
      const end = ends[own] as number;
      const place = places[i] as number;
      if (place === free) out[i] = -1;
      // Another id with the same hash: the long way.
      else if (!this.#equals(place, view, start, end))
        out[i] = this.#find(hashes[i] as number, view, start, end);
    }
  }

  findText(id: string): number {
    const bytes = new TextEncoder().encode(id);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#find(hashOf(view, 0, bytes.length), view, 0, bytes.length);
  }

  /** Whether the id at `index` is exactly these bytes; false beyond the last. */
  is(index: number, view: DataView, start: number, end: number): boolean {
    if (index < 0 || index >= this.ids.length) return false;
    return this.#equals(this.#offsets[index] as number, view, start, end);
  }

  /** The index of the id, or -1. */
  #find(hash: number, view: DataView, start: number, end: number): number {
    const place = this.#slots[this.#slot(hash, view, start, end) + 1] as number;
    return place === free ? -1 : (this.#words[place] as number);
  }

  #firstSlot(hash: number): number {
    return (hash << 1) & (this.#slots.length - 1);
  }

  /** The slot that holds these bytes, or the free one in which they belong. */
  #slot(hash: number, view: DataView, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#firstSlot(hash);
    for (;;) {
      const place = this.#slots[slot + 1] as number;
      if (place === free) return slot;
      if (this.#slots[slot] === hash && this.#equals(place, view, start, end)) return slot;
      slot = (slot + 2) & mask;
    }
  }

  #equals(place: number, view: DataView, start: number, end: number): boolean {
    const words = this.#words;
    if (words[place + 1] !== end - start) return false;
    let own = place + headWords;
    for (let at = start; at < end; at += 4, own++) if (words[own] !== wordAt(view, at, end)) return false;
    return true;
  }
}

/** Four bytes, or what there is of them before the end, and zeros. */
function wordAt(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getUint32(at, true);
  let word = 0;
  for (let byte = end - 1; byte >= at; byte--) word = (word << 8) | view.getUint8(byte);
  return word;
}

/** Word by word as in MurmurHash3 (Appleby), whose last steps spread what differs over all bits. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += 4) {
    const word = Math.imul(wordAt(view, at, end), 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

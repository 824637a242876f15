const NEWLINE = 10;

/** The last bytes that a shell printed, for whoever comes back. */
export class Scrollback {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #cut = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    // Joined now and then, so that a shell that prints byte by byte costs no object a byte.
    if (this.#bytes > 2 * this.#bytesMax || this.#chunks.length > 1_000) this.#chunks = [this.#joined()];
  }

  /** From the beginning of a line, where something older was dropped: not from the midst of a character or a colour. */
  replay(): Uint8Array {
    const all = this.#joined();
    this.#chunks = [all];
    return this.#cut ? all.subarray(all.indexOf(NEWLINE) + 1) : all;
  }

  #joined(): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    if (all.byteLength > this.#bytesMax) this.#cut = true;
    const kept = all.byteLength > this.#bytesMax ? all.slice(-this.#bytesMax) : all;
    this.#bytes = kept.byteLength;
    return kept;
  }
}

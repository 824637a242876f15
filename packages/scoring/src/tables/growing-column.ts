/** A column of numbers whose length is not known yet: pieces that are joined once, at the end. */
export class GrowingColumn<Values extends Float64Array | Int32Array> {
  readonly #make: (length: number) => Values;
  readonly #full: Values[] = [];
  #piece: Values;
  #used = 0;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#piece = make(0);
  }

  /** Room for so many more values, which the caller fills. */
  reserve(count: number): Values {
    if (this.#used + count > this.#piece.length) {
      this.#full.push(this.#piece.subarray(0, this.#used) as Values);
      this.#piece = this.#make(Math.max(count, Math.min(2 * this.#piece.length, pieceMax)));
      this.#used = 0;
    }
    const room = this.#piece.subarray(this.#used, this.#used + count) as Values;
    this.#used += count;
    return room;
  }

  joined(): Values {
    const pieces = [...this.#full, this.#piece.subarray(0, this.#used) as Values];
    const all = this.#make(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

const pieceMax = 1 << 16;

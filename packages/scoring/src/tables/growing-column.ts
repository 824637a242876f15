/** A column of numbers whose length is not known yet: pieces that are joined once, at the end. */
export class GrowingColumn<Values extends Float64Array | Int32Array> {
  readonly #make: (length: number) => Values;
  readonly #full: Values[] = [];
  #piece: Values;
  #used = 0;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#piece = make(pieceFirst);
  }

  push(value: number): void {
    if (this.#used === this.#piece.length) {
      this.#full.push(this.#piece);
      this.#piece = this.#make(Math.min(2 * this.#used, pieceMax));
      this.#used = 0;
    }
    this.#piece[this.#used++] = value;
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

const pieceFirst = 256;
const pieceMax = 1 << 16;

import { ScoringError } from "../errors.ts";

/**
 * Some records with equally many fields, valid only during the call that hands them out. Field `i` of record `r` is
 * `bytes[starts[r · fields + i]..ends[r · fields + i])`, unquoted.
 */
export interface CsvRows {
  readonly bytes: Uint8Array;
  /** Of the same bytes. */
  readonly view: DataView;
  /** Number of the first one, 1-based; the header is row 1. */
  readonly first: number;
  readonly rows: number;
  readonly fields: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export interface CsvLimits {
  readonly columnsMax?: number;
  readonly fieldBytesMax?: number;
  readonly rowBytesMax?: number;
  readonly rowsMax?: number;
}

export const csvDefaults = {
  columnsMax: 512,
  fieldBytesMax: 100_000,
  rowBytesMax: 1 << 20,
  rowsMax: 20_000_000,
};

const comma = 44;
const quote = 34;
const newline = 10;
const carriageReturn = 13;
const sliceBytes = 1 << 18;
/** Places of fields that are collected before they are handed out. */
const placesMax = 1 << 12;

/**
 * A CSV file (RFC 4180) piece by piece: commas, quotes doubled inside quotes, line ends CRLF or LF, a UTF-8 mark at the
 * start allowed. Memory is one row and one piece. Throws at the first place where the rest could not be trusted any more.
 * Blank lines at the very end are ignored; anywhere else a blank line is a row with one empty field.
 */
export class CsvScanner {
  readonly #onRows: (rows: CsvRows) => void;
  readonly #limits: typeof csvDefaults;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** As long as the longest slice so far has asked for: most tables are short, and clearing memory takes time. */
  #buffer = new Uint8Array(0);
  #length = 0;
  /** Rows that were found, handed out or not, and how many fields each of those has that were not handed out yet. */
  #rows = 0;
  #waiting = 0;
  #fields = 0;
  #blank = 0;
  #started = false;
  /** No new attempt at an unfinished row before this many bytes are there, or long rows would cost their square. */
  #tryAt = 0;

  constructor(onRows: (rows: CsvRows) => void, limits: CsvLimits = {}) {
    this.#onRows = onRows;
    this.#limits = { ...csvDefaults, ...limits };
    this.#starts = new Int32Array(placesMax + this.#limits.columnsMax);
    this.#ends = new Int32Array(placesMax + this.#limits.columnsMax);
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      const slice = chunk.subarray(at, at + sliceBytes);
      this.#reserve(this.#length + slice.length + 2);
      this.#buffer.set(slice, this.#length);
      this.#length += slice.length;
      if (this.#length >= this.#tryAt) this.#drain(false);
    }
  }

  /** The file is over. Throws `csv_empty` if there was nothing in it. */
  end(): void {
    if (this.#length > 0 && this.#buffer[this.#length - 1] !== newline) {
      this.#reserve(this.#length + 2);
      this.#buffer[this.#length++] = newline;
    }
    this.#drain(true);
    if (this.#rows === 0) throw new ScoringError("csv_empty");
  }

  #drain(last: boolean): void {
    if (!this.#started) {
      if (this.#length < 4 && !last) return;
      this.#skipMark();
    }
    // The sentinel stops every inner loop, so that none of them has to compare its place with the end.
    this.#buffer[this.#length] = newline;
    let from = 0;
    try {
      while (from < this.#length) {
        const next = this.#scanRow(from, last);
        if (next < 0) break;
        from = next;
      }
    } finally {
      // Before the bytes are moved, and what came before a fault too.
      this.#handOut(this.#buffer);
    }
    if (this.#length - from > this.#limits.rowBytesMax) throw this.#tooLong(from);
    this.#buffer.copyWithin(0, from, this.#length);
    this.#length -= from;
    this.#tryAt = 2 * this.#length;
  }

  #skipMark(): void {
    this.#started = true;
    const [a, b, c, d] = this.#buffer.subarray(0, Math.min(4, this.#length));
    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || a === 0 || b === 0 || d === 0) {
      throw new ScoringError("csv_encoding", "The table is not UTF-8 text; save it as UTF-8.", { row: 1 });
    }
    if (a === 0xef && b === 0xbb && c === 0xbf) {
      this.#buffer.copyWithin(0, 3, this.#length);
      this.#length -= 3;
    }
  }

  /** Reads one row and hands it out; answers where the next one begins, or -1 if this one is not all there yet. */
  #scanRow(from: number, last: boolean): number {
    const starts = this.#starts;
    const ends = this.#ends;
    const bytes = this.#buffer;
    const first = this.#waiting * this.#fields;
    let fields = 0;
    let seen = 0;
    let at = from;
    let escaped = false;
    for (;;) {
      const start = at;
      let end: number;
      let byte: number;
      if (bytes[at] === quote && at < this.#length) {
        const close = this.#closingQuote(at + 1);
        if (close < 0) return this.#unclosed(from, last);
        if (close > at && bytes.subarray(at + 1, close).includes(quote)) escaped = true;
        for (let inside = at; inside < close; inside++) seen |= bytes[inside] as number;
        at = close + 1;
        byte = bytes[at] as number;
        if (at >= this.#length) return last ? this.#unclosed(from, last) : -1;
        if (byte !== comma && byte !== newline && byte !== carriageReturn) throw this.#fault("csv_quote");
        starts[first + fields] = start + 1;
        ends[first + fields] = end = close;
      } else {
        byte = bytes[at] as number;
        while (
          byte > comma ||
          (byte !== comma && byte !== newline && byte !== carriageReturn && byte !== quote)
        ) {
          if (byte === 0) throw this.#fault("csv_line_break");
          seen |= byte;
          byte = bytes[++at] as number;
        }
        if (byte === quote) throw this.#fault("csv_quote");
        starts[first + fields] = start;
        ends[first + fields] = end = at;
      }
      if (end - start > this.#limits.fieldBytesMax) throw this.#fault("csv_field_too_long");
      fields++;
      if (byte === comma) {
        if (fields >= this.#limits.columnsMax) throw this.#fault("csv_too_many_columns");
        at++;
        continue;
      }
      if (at >= this.#length) return -1;
      if (byte === carriageReturn) {
        if (at + 1 >= this.#length) return -1;
        if (bytes[at + 1] !== newline) throw this.#fault("csv_line_break");
        this.#finish(from, at, fields, seen, escaped);
        return at + 2;
      }
      this.#finish(from, at, fields, seen, escaped);
      return at + 1;
    }
  }

  /** The row from `from` to `to` is complete; its places stand behind those that wait. */
  #finish(from: number, to: number, fields: number, seen: number, escaped: boolean): void {
    if (from === to) {
      this.#blank++;
      return;
    }
    if (this.#blank > 0 || fields !== this.#fields || escaped) this.#startBatch(fields);
    if (seen > 127 && !this.#isUtf8(from, to)) throw this.#fault("csv_encoding");
    this.#count();
    this.#waiting++;
    if (escaped) this.#handOut(this.#unescape(from, to, fields));
    else if ((this.#waiting + 1) * fields > placesMax) this.#handOut(this.#buffer);
  }

  /** Hands out what waits, and the blank rows after it; the places of the newest row move to the front. */
  #startBatch(fields: number): void {
    const at = this.#waiting * this.#fields;
    const [starts, ends] = [this.#starts.slice(at, at + fields), this.#ends.slice(at, at + fields)];
    this.#handOut(this.#buffer);
    for (; this.#blank > 0; this.#blank--) {
      this.#starts[0] = this.#ends[0] = 0;
      this.#fields = 1;
      this.#count();
      this.#waiting = 1;
      this.#handOut(this.#buffer);
    }
    this.#fields = fields;
    this.#starts.set(starts);
    this.#ends.set(ends);
  }

  #count(): void {
    if (this.#rows === this.#limits.rowsMax)
      throw new ScoringError("csv_too_many_rows", undefined, { row: this.#rows + 1 });
    this.#rows++;
  }

  #handOut(bytes: Uint8Array): void {
    const rows = this.#waiting;
    if (rows === 0) return;
    this.#waiting = 0;
    const first = this.#rows - rows + 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [fields, starts, ends] = [this.#fields, this.#starts, this.#ends];
    this.#onRows({ bytes, view, first, rows, fields, starts, ends });
  }

  /** The place of the quote that closes the field, with doubled ones stepped over; -1 if it has not come yet. */
  #closingQuote(from: number): number {
    const bytes = this.#buffer;
    for (let at = from; at < this.#length; at++) {
      if (bytes[at] !== quote) continue;
      if (at + 1 < this.#length && bytes[at + 1] === quote) at++;
      else return at;
    }
    return -1;
  }

  #unclosed(from: number, last: boolean): number {
    if (last || this.#length - from > this.#limits.rowBytesMax) throw this.#fault("csv_quote");
    return -1;
  }

  /** A copy of the row in which doubled quotes are single; the fields' places are moved to the copy. */
  #unescape(from: number, to: number, fields: number): Uint8Array {
    const [starts, ends] = [this.#starts, this.#ends];
    const copy = new Uint8Array(to - from);
    let length = 0;
    for (let field = 0; field < fields; field++) {
      const start = length;
      const end = ends[field] as number;
      const isQuoted =
        (starts[field] as number) > from && this.#buffer[(starts[field] as number) - 1] === quote;
      for (let at = starts[field] as number; at < end; at++) {
        const byte = this.#buffer[at] as number;
        copy[length++] = byte;
        if (isQuoted && byte === quote) at++;
      }
      starts[field] = start;
      ends[field] = length;
    }
    return copy;
  }

  #isUtf8(from: number, to: number): boolean {
    try {
      this.#utf8.decode(this.#buffer.subarray(from, to));
      return true;
    } catch {
      return false;
    }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(bytes, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #tooLong(from: number): ScoringError {
    return this.#fault(this.#buffer[from] === quote ? "csv_quote" : "csv_field_too_long");
  }

  #fault(
    code: "csv_quote" | "csv_line_break" | "csv_field_too_long" | "csv_too_many_columns" | "csv_encoding",
  ) {
    return new ScoringError(code, undefined, { row: this.#rows + this.#blank + 1 });
  }
}

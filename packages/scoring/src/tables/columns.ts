import type { FaultList } from "../faults.ts";
import type { CsvRows } from "./csv.ts";
import { GrowingColumn } from "./growing-column.ts";
import type { IdIndex } from "./ids.ts";
import { parseNumber } from "./number.ts";

/** What a column must hold. An empty field is a fault unless `emptyAllowed`; then it reads as NaN or "". */
export type Column =
  | {
      readonly kind: "number";
      readonly min?: number;
      readonly max?: number;
      /** Only whole numbers, written without point or exponent: `1`, not `01` or `1.0`. */
      readonly whole?: boolean;
      readonly emptyAllowed?: boolean;
    }
  | { readonly kind: "text"; readonly allowed?: readonly string[]; readonly emptyAllowed?: boolean }
  /** A known id; read as its index in `known`. */
  | { readonly kind: "id"; readonly known: IdIndex };

export type ColumnValues = Float64Array | Int32Array | readonly string[];

/** Takes the fields of one column, many rows at a time: a loop over one kind of value runs several times as fast. */
export interface ColumnBuilder {
  readonly name: string;
  /** The rows of a batch from `from` on. */
  add(batch: CsvRows, from: number, field: number, faults: FaultList): void;
  /** A row that ends before this column. */
  skip(): void;
  values(): ColumnValues;
}

export function builderOf(name: string, column: Column): ColumnBuilder {
  if (column.kind === "number") return new NumberBuilder(name, column);
  return column.kind === "id" ? new IdBuilder(name, column) : new TextBuilder(name, column);
}

class NumberBuilder implements ColumnBuilder {
  readonly name: string;
  readonly #min: number;
  readonly #max: number;
  readonly #whole: boolean;
  readonly #emptyAllowed: boolean;
  readonly #numbers = new GrowingColumn((length) => new Float64Array(length));

  constructor(name: string, column: Extract<Column, { kind: "number" }>) {
    this.name = name;
    this.#min = column.min ?? Number.NEGATIVE_INFINITY;
    this.#max = column.max ?? Number.POSITIVE_INFINITY;
    this.#whole = column.whole ?? false;
    this.#emptyAllowed = column.emptyAllowed ?? false;
  }

  add(
    { bytes, first, rows, fields, starts, ends }: CsvRows,
    from: number,
    field: number,
    faults: FaultList,
  ): void {
    const numbers = this.#numbers.reserve(rows - from);
    const [min, max, whole] = [this.#min, this.#max, this.#whole];
    for (let row = from, at = from * fields + field; row < rows; row++, at += fields) {
      const start = starts[at] as number;
      const end = ends[at] as number;
      const value = parseNumber(bytes, start, end);
      if (value >= min && value <= max && (!whole || isWholeText(bytes, start, end)))
        numbers[row - from] = value;
      else {
        numbers[row - from] = Number.NaN;
        this.#complain(value, start === end, { row: first + row, column: this.name }, faults);
      }
    }
  }

  skip(): void {
    this.#numbers.reserve(1)[0] = Number.NaN;
  }

  values(): Float64Array {
    return this.#numbers.joined();
  }

  #complain(value: number, empty: boolean, where: { row: number; column: string }, faults: FaultList): void {
    if (empty) {
      if (!this.#emptyAllowed) faults.add("value_empty", where);
    } else if (Number.isNaN(value)) faults.add("value_not_number", where);
    else if (value < this.#min || value > this.#max) faults.add("value_out_of_range", where);
    else faults.add("value_not_label", where);
  }
}

class IdBuilder implements ColumnBuilder {
  readonly name: string;
  readonly #known: IdIndex;
  readonly #indices = new GrowingColumn((length) => new Int32Array(length));
  #last = -1;

  constructor(name: string, column: Extract<Column, { kind: "id" }>) {
    this.name = name;
    this.#known = column.known;
  }

  add(
    { view, first, rows, fields, starts, ends }: CsvRows,
    from: number,
    field: number,
    faults: FaultList,
  ): void {
    const indices = this.#indices.reserve(rows - from);
    // Most files keep the order of the ids they were given, so the one after the last is tried before any search, but
    // not in a file that has another order: in a large index every guess would wait for memory.
    let row = from;
    for (; row < rows; row++) {
      const at = row * fields + field;
      if (!this.#known.is(this.#last + 1, view, starts[at] as number, ends[at] as number)) break;
      indices[row - from] = ++this.#last;
    }
    const rest = indices.subarray(row - from);
    this.#known.findAll(view, starts, ends, row * fields + field, fields, rest);
    this.#last = rest.at(-1) ?? this.#last;
    for (let place = rest.indexOf(-1); place >= 0; place = rest.indexOf(-1, place + 1)) {
      const at = (row + place) * fields + field;
      const code = starts[at] === ends[at] ? "id_empty" : "id_unknown";
      faults.add(code, { row: first + row + place, column: this.name });
    }
  }

  skip(): void {
    this.#indices.reserve(1)[0] = -1;
  }

  values(): Int32Array {
    return this.#indices.joined();
  }
}

class TextBuilder implements ColumnBuilder {
  readonly name: string;
  readonly #emptyAllowed: boolean;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #texts: string[] = [];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(name: string, column: Extract<Column, { kind: "text" }>) {
    this.name = name;
    this.#emptyAllowed = column.emptyAllowed ?? false;
    this.#allowed = column.allowed === undefined ? undefined : new Set(column.allowed);
  }

  add(
    { bytes, first, rows, fields, starts, ends }: CsvRows,
    from: number,
    field: number,
    faults: FaultList,
  ): void {
    for (let row = from; row < rows; row++) {
      const at = row * fields + field;
      const text = this.#decoder.decode(bytes.subarray(starts[at], ends[at]));
      this.#texts.push(text);
      const where = { row: first + row, column: this.name };
      if (text === "") {
        if (!this.#emptyAllowed) faults.add("value_empty", where);
      } else if (this.#allowed?.has(text) === false) faults.add("value_not_label", where);
    }
  }

  skip(): void {
    this.#texts.push("");
  }

  values(): readonly string[] {
    return this.#texts;
  }
}

/** Digits only, after a sign: the number itself was already judged by the grammar. */
function isWholeText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = bytes[start] === 45 ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 48 || byte > 57) return false;
  }
  return true;
}

import type { FaultList } from "../faults.ts";
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

/** Takes the fields of one column, row by row. Classes and not closures: this is the inside of the hottest loop. */
export type ColumnBuilder = NumberBuilder | IdBuilder | TextBuilder;

export function builderOf(name: string, column: Column, faults: FaultList): ColumnBuilder {
  if (column.kind === "number") return new NumberBuilder(name, column, faults);
  return column.kind === "id" ? new IdBuilder(name, column, faults) : new TextBuilder(name, column, faults);
}

class NumberBuilder {
  readonly name: string;
  readonly faults: FaultList;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly emptyAllowed: boolean;
  readonly #numbers = new GrowingColumn((length) => new Float64Array(length));

  constructor(name: string, column: Extract<Column, { kind: "number" }>, faults: FaultList) {
    this.name = name;
    this.faults = faults;
    this.min = column.min ?? Number.NEGATIVE_INFINITY;
    this.max = column.max ?? Number.POSITIVE_INFINITY;
    this.whole = column.whole ?? false;
    this.emptyAllowed = column.emptyAllowed ?? false;
  }

  add(bytes: Uint8Array, start: number, end: number, row: number): void {
    const value = parseNumber(bytes, start, end);
    if (value >= this.min && value <= this.max && (!this.whole || isWholeText(bytes, start, end))) {
      this.#numbers.push(value);
      return;
    }
    this.#numbers.push(Number.NaN);
    this.#complain(value, start === end, { row, column: this.name });
  }

  skip(): void {
    this.#numbers.push(Number.NaN);
  }

  values(): Float64Array {
    return this.#numbers.joined();
  }

  #complain(value: number, empty: boolean, where: { row: number; column: string }): void {
    if (empty) {
      if (!this.emptyAllowed) this.faults.add("value_empty", where);
    } else if (Number.isNaN(value)) this.faults.add("value_not_number", where);
    else if (value < this.min || value > this.max) this.faults.add("value_out_of_range", where);
    else this.faults.add("value_not_label", where);
  }
}

class IdBuilder {
  readonly name: string;
  readonly faults: FaultList;
  readonly known: IdIndex;
  readonly #indices = new GrowingColumn((length) => new Int32Array(length));
  #last = -1;
  #inOrder = true;

  constructor(name: string, column: Extract<Column, { kind: "id" }>, faults: FaultList) {
    this.name = name;
    this.faults = faults;
    this.known = column.known;
  }

  add(bytes: Uint8Array, start: number, end: number, row: number): void {
    // Most files keep the order of the ids they were given, so the one after the last is tried before any search, but
    // not in a file that has another order: in a large index every guess would wait for memory.
    const next = this.#last + 1;
    const isNext = this.#inOrder && this.known.is(next, bytes, start, end);
    const index = isNext ? next : this.known.find(bytes, start, end);
    this.#inOrder = index === next;
    this.#put(index);
    if (index < 0) this.faults.add(start === end ? "id_empty" : "id_unknown", { row, column: this.name });
  }

  skip(): void {
    this.#put(-1);
  }

  values(): Int32Array {
    return this.#indices.joined();
  }

  #put(index: number): void {
    this.#last = index;
    this.#indices.push(index);
  }
}

class TextBuilder {
  readonly name: string;
  readonly faults: FaultList;
  readonly emptyAllowed: boolean;
  readonly allowed: ReadonlySet<string> | undefined;
  readonly texts: string[] = [];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(name: string, column: Extract<Column, { kind: "text" }>, faults: FaultList) {
    this.name = name;
    this.faults = faults;
    this.emptyAllowed = column.emptyAllowed ?? false;
    this.allowed = column.allowed === undefined ? undefined : new Set(column.allowed);
  }

  add(bytes: Uint8Array, start: number, end: number, row: number): void {
    const text = start === end ? "" : this.#decoder.decode(bytes.subarray(start, end));
    this.texts.push(text);
    if (text === "") {
      if (!this.emptyAllowed) this.faults.add("value_empty", { row, column: this.name });
    } else if (this.allowed?.has(text) === false)
      this.faults.add("value_not_label", { row, column: this.name });
  }

  skip(): void {
    this.texts.push("");
  }

  values(): readonly string[] {
    return this.texts;
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

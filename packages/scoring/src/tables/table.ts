import { type Fault, ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { type CsvLimits, type CsvRow, CsvScanner } from "./csv.ts";
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

export interface TableSchema {
  /** Exactly these columns, in any order. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly limits?: CsvLimits;
  readonly faultsMax?: number;
}

export type ColumnValues = Float64Array | Int32Array | readonly string[];

export interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, ColumnValues>>;
  /** The first ones; a row with a fault is still counted in `rows`, with NaN, -1 or "" in its place. */
  readonly faults: readonly Fault[];
  readonly faultsTotal: number;
}

/** A whole table from memory. */
export function parseTable(bytes: Uint8Array, schema: TableSchema): Table {
  const reader = new TableReader(schema);
  reader.push(bytes);
  return reader.end();
}

/** A table from a stream; memory is the typed columns and one piece of the file. */
export async function readTable(source: AsyncIterable<Uint8Array>, schema: TableSchema): Promise<Table> {
  const reader = new TableReader(schema);
  for await (const chunk of source) reader.push(chunk);
  return reader.end();
}

/** Collects every fault of a table; one that makes the rest unreadable ends the reading and is the last of the list. */
export class TableReader {
  readonly #schema: TableSchema;
  readonly #faults: FaultList;
  readonly #scanner: CsvScanner;
  #builders: readonly ColumnBuilder[] | undefined;
  #rows = 0;
  #over = false;

  constructor(schema: TableSchema) {
    this.#schema = schema;
    this.#faults = new FaultList(schema.faultsMax);
    this.#scanner = new CsvScanner((row) => this.#take(row), schema.limits);
  }

  push(chunk: Uint8Array): void {
    this.#guarded(() => this.#scanner.push(chunk));
  }

  end(): Table {
    this.#guarded(() => this.#scanner.end());
    if (!this.#over && this.#rows === 0) this.#faults.add("csv_empty");
    const names = Object.keys(this.#schema.columns);
    const built = (this.#builders ?? []).map(
      (builder) => [builder.name, builder.values(this.#rows)] as const,
    );
    const missing = names.filter((name) => !built.some(([own]) => own === name));
    const columns = Object.fromEntries([...built, ...missing.map((name) => [name, []] as const)]);
    return { rows: this.#rows, columns, faults: this.#faults.kept, faultsTotal: this.#faults.total };
  }

  #guarded(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      this.#faults.addAll(error.faults);
      this.#over = true;
    }
  }

  #take(row: CsvRow): void {
    if (this.#over) return;
    if (this.#builders === undefined) {
      this.#builders = this.#header(row);
      return;
    }
    const builders = this.#builders;
    this.#rows++;
    if (row.fields !== builders.length) {
      this.#faults.add(row.fields < builders.length ? "csv_row_short" : "csv_row_long", { row: row.row });
    }
    for (let field = 0; field < builders.length; field++) {
      const builder = builders[field] as ColumnBuilder;
      if (field >= row.fields) builder.skip();
      else builder.add(row.bytes, row.starts[field] as number, row.ends[field] as number, row.row);
    }
  }

  #header(row: CsvRow): ColumnBuilder[] {
    const names = fieldTexts(row);
    const wanted = Object.keys(this.#schema.columns);
    const faults: Fault[] = [];
    const add = (code: Fault["code"], column: string) => {
      const { faults: all } = new ScoringError(code, undefined, { row: 1, column });
      faults.push(...all);
    };
    if (names.length === 1 && wanted.length > 1 && /[;\t|]/.test(names[0] ?? ""))
      add("csv_delimiter", names[0] ?? "");
    else {
      names.forEach((name, at) => {
        if (names.indexOf(name) < at) add("csv_header_duplicate", shown(name));
        else if (!Object.hasOwn(this.#schema.columns, name)) add("csv_header_extra", shown(name));
      });
      for (const name of wanted) if (!names.includes(name)) add("csv_header_missing", name);
    }
    this.#faults.addAll(faults);
    if (faults.length > 0) this.#over = true;
    return names.flatMap((name) => {
      const column = Object.hasOwn(this.#schema.columns, name) ? this.#schema.columns[name] : undefined;
      return column === undefined ? [] : [builderOf(name, column, this.#faults)];
    });
  }
}

interface ColumnBuilder {
  readonly name: string;
  add(bytes: Uint8Array, start: number, end: number, row: number): void;
  skip(): void;
  values(rows: number): ColumnValues;
}

function builderOf(name: string, column: Column, faults: FaultList): ColumnBuilder {
  if (column.kind === "number") return numberBuilder(name, column, faults);
  return column.kind === "id" ? idBuilder(name, column, faults) : textBuilder(name, column, faults);
}

function numberBuilder(
  name: string,
  column: Extract<Column, { kind: "number" }>,
  faults: FaultList,
): ColumnBuilder {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = column;
  let values = new Float64Array(1024);
  let length = 0;
  const put = (value: number) => {
    if (length === values.length) values = doubled(values);
    values[length++] = value;
  };
  return {
    name,
    add(bytes, start, end, row) {
      const value = parseNumber(bytes, start, end);
      if (value >= min && value <= max && (!whole || isWholeText(bytes, start, end))) {
        put(value);
        return;
      }
      put(Number.NaN);
      if (start === end) {
        if (column.emptyAllowed !== true) faults.add("value_empty", { row, column: name });
      } else if (Number.isNaN(value)) faults.add("value_not_number", { row, column: name });
      else
        faults.add(value < min || value > max ? "value_out_of_range" : "value_not_label", {
          row,
          column: name,
        });
    },
    skip: () => put(Number.NaN),
    values: (rows) => values.slice(0, rows),
  };
}

function idBuilder(
  name: string,
  { known }: Extract<Column, { kind: "id" }>,
  faults: FaultList,
): ColumnBuilder {
  let values = new Int32Array(1024);
  let length = 0;
  const put = (value: number) => {
    if (length === values.length) values = doubled(values);
    values[length++] = value;
  };
  return {
    name,
    add(bytes, start, end, row) {
      const index = known.find(bytes, start, end);
      put(index);
      if (index < 0) faults.add(start === end ? "id_empty" : "id_unknown", { row, column: name });
    },
    skip: () => put(-1),
    values: (rows) => values.slice(0, rows),
  };
}

function textBuilder(
  name: string,
  column: Extract<Column, { kind: "text" }>,
  faults: FaultList,
): ColumnBuilder {
  const texts: string[] = [];
  const allowed = column.allowed === undefined ? undefined : new Set(column.allowed);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    name,
    add(bytes, start, end, row) {
      const text = start === end ? "" : decoder.decode(bytes.subarray(start, end));
      texts.push(text);
      if (text === "") {
        if (column.emptyAllowed !== true) faults.add("value_empty", { row, column: name });
      } else if (allowed?.has(text) === false) faults.add("value_not_label", { row, column: name });
    },
    skip: () => texts.push(""),
    values: () => texts,
  };
}

function doubled<Values extends Float64Array | Int32Array>(values: Values): Values {
  const larger =
    values instanceof Float64Array ? new Float64Array(values.length * 2) : new Int32Array(values.length * 2);
  larger.set(values);
  return larger as Values;
}

/** Digits only, after a sign: the number itself was already judged by the grammar. */
function isWholeText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = bytes[start] === 45 ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 48 || byte > 57) return false;
  }
  return true;
}

function fieldTexts(row: CsvRow): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return Array.from({ length: row.fields }, (_, at) =>
    decoder.decode(row.bytes.subarray(row.starts[at], row.ends[at])),
  );
}

/** Names from a stranger's header, cut to what fits into a report. */
function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

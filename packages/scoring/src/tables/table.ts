import { type Fault, type FaultCode, ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { builderOf, type Column, type ColumnBuilder, type ColumnValues } from "./columns.ts";
import { type CsvLimits, type CsvRows, CsvScanner } from "./csv.ts";

export interface TableSchema {
  /** Exactly these columns, in any order. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly limits?: CsvLimits;
  readonly faultsMax?: number;
}

export interface Table {
  readonly rows: number;
  /** False if the reading ended at a fault before the file did. */
  readonly complete: boolean;
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
    this.#scanner = new CsvScanner((rows) => this.#take(rows), schema.limits);
  }

  push(chunk: Uint8Array): void {
    this.#guarded(() => this.#scanner.push(chunk));
  }

  /** Ends the reading with a fault that was found outside, such as a file over its limit. */
  refuse(code: FaultCode): void {
    this.#guarded(() => {
      throw new ScoringError(code);
    });
  }

  end(): Table {
    this.#guarded(() => this.#scanner.end());
    if (!this.#over && this.#rows === 0) this.#faults.add("csv_empty");
    const names = Object.keys(this.#schema.columns);
    const built = (this.#builders ?? []).map((builder) => [builder.name, builder.values()] as const);
    const missing = names.filter((name) => !built.some(([own]) => own === name));
    const columns = Object.fromEntries([...built, ...missing.map((name) => [name, []] as const)]);
    return {
      rows: this.#rows,
      complete: !this.#over,
      columns,
      faults: this.#faults.kept,
      faultsTotal: this.#faults.total,
    };
  }

  #guarded(work: () => void): void {
    if (this.#over) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      this.#faults.addAll(error.faults, error.faultsTotal);
      this.#over = true;
    }
  }

  #take(batch: CsvRows): void {
    if (this.#over) return;
    let from = 0;
    if (this.#builders === undefined) {
      this.#builders = this.#header(batch);
      if (this.#over) return;
      from = 1;
    }
    const builders = this.#builders;
    this.#rows += batch.rows - from;
    // Columns are read one after the other, but people read rows. Faults that nobody will see need no order.
    const faults = new FaultList(this.#faults.isFull ? 0 : Number.POSITIVE_INFINITY);
    if (batch.fields !== builders.length) {
      const code = batch.fields < builders.length ? "csv_row_short" : "csv_row_long";
      for (let row = from; row < batch.rows; row++) faults.add(code, { row: batch.first + row });
    }
    builders.forEach((builder, field) => {
      if (field < batch.fields) builder.add(batch, from, field, faults);
      else for (let row = from; row < batch.rows; row++) builder.skip();
    });
    if (faults.total === 0) return;
    const inOrder = [...faults.kept].sort((a, b) => (a.where.row ?? 0) - (b.where.row ?? 0));
    this.#faults.addAll(inOrder, faults.total);
  }

  #header(row: CsvRows): ColumnBuilder[] {
    const names = fieldTexts(row);
    const wanted = Object.keys(this.#schema.columns);
    const before = this.#faults.total;
    const add = (code: FaultCode, column: string) =>
      this.#faults.add(code, { row: 1, column: shown(column) });
    if (names.length === 1 && wanted.length > 1 && /[;\t|]/.test(names[0] ?? ""))
      add("csv_delimiter", names[0] ?? "");
    else {
      names.forEach((name, at) => {
        if (names.indexOf(name) < at) add("csv_header_duplicate", name);
        else if (!Object.hasOwn(this.#schema.columns, name)) add("csv_header_extra", name);
      });
      for (const name of wanted) if (!names.includes(name)) add("csv_header_missing", name);
    }
    if (this.#faults.total > before) this.#over = true;
    return names.flatMap((name) => {
      const column = Object.hasOwn(this.#schema.columns, name) ? this.#schema.columns[name] : undefined;
      return column === undefined ? [] : [builderOf(name, column)];
    });
  }
}

function fieldTexts(row: CsvRows): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return Array.from({ length: row.fields }, (_, at) =>
    decoder.decode(row.bytes.subarray(row.starts[at], row.ends[at])),
  );
}

/** Names from a stranger's header, cut to what fits into a report. */
function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}

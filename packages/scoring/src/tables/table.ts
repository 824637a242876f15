import { type Fault, type FaultCode, ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { builderOf, type Column, type ColumnBuilder, type ColumnValues } from "./columns.ts";
import { type CsvLimits, type CsvRow, CsvScanner } from "./csv.ts";

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
    this.#scanner = new CsvScanner((row) => this.#take(row), schema.limits);
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
      const builder = builders[field];
      if (field >= row.fields) builder?.skip();
      else builder?.add(row.bytes, row.starts[field] as number, row.ends[field] as number, row.row);
    }
  }

  #header(row: CsvRow): ColumnBuilder[] {
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
      return column === undefined ? [] : [builderOf(name, column, this.#faults)];
    });
  }
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

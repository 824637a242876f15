import { ScoringError } from "@medforge/scoring/errors";
import { type CsvRows, CsvScanner } from "@medforge/scoring/tables/csv";

/** The first rows of a table, from the first bytes of its file. */
export interface TableHead {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Where the strict reader gave up: from there on nothing of the file could be trusted. */
  readonly fault:
    | { readonly code: string; readonly text: string; readonly row: number | undefined }
    | undefined;
}

/**
 * CSV by the reader that scores submissions (RFC 4180); TSV as IANA has it, where a tab or a line end is never part of a
 * field.
 * @param isWhole false: the last row may be cut off, and is left out
 */
export function tableHead(
  bytes: Uint8Array,
  options: { readonly tabs: boolean; readonly rowsMax: number; readonly isWhole: boolean },
): TableHead {
  const { rows, fault } = options.tabs ? tabRows(bytes, options.isWhole) : csvRows(bytes, options);
  const [header = [], ...rest] = rows;
  return { header, rows: rest.slice(0, options.rowsMax), fault };
}

type Read = { readonly rows: readonly (readonly string[])[]; readonly fault: TableHead["fault"] };

function csvRows(bytes: Uint8Array, { rowsMax, isWhole }: { rowsMax: number; isWhole: boolean }): Read {
  const rows: string[][] = [];
  const text = new TextDecoder();
  const scanner = new CsvScanner(({ bytes, starts, ends, rows: count, fields }: CsvRows) => {
    for (let row = 0; row < count && rows.length <= rowsMax; row++) {
      const at = row * fields;
      rows.push(
        Array.from({ length: fields }, (_, field) =>
          text.decode(bytes.subarray(starts[at + field], ends[at + field])),
        ),
      );
    }
  });
  try {
    scanner.push(bytes);
    if (isWhole) scanner.end();
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    const { code, message, where } = error;
    // What comes behind the last row that is shown is nobody's concern here.
    const isShown = where.row === undefined || where.row <= rowsMax + 1;
    return { rows, fault: isShown ? { code, text: message, row: where.row } : undefined };
  }
  return { rows, fault: undefined };
}

function tabRows(bytes: Uint8Array, isWhole: boolean): Read {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  // Behind the last line end there is nothing, or a line that is cut off.
  if (!isWhole || lines.at(-1) === "") lines.pop();
  return { rows: lines.map((line) => line.split("\t")), fault: undefined };
}

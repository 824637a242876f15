/** What the command line needs of the outside; tests hand in their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` shows to a person who can see a line being rewritten. */
  readonly interactive: boolean;
  readonly now: () => number;
}

/** Wrong arguments: exit code 2. */
export class UsageError extends Error {}

/** A bar on one line of standard error; nothing where nobody watches. */
export function progressBar(terminal: Terminal, what: string): (done: number, total: number) => void {
  return (done, total) => {
    if (!terminal.interactive) return;
    const width = 30;
    const filled = Math.round((width * done) / Math.max(1, total));
    const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)}`;
    terminal.err(`\r${what} ${bar} ${done}/${total}${done === total ? "\n" : ""}`);
  };
}

/** Columns padded to a width, the first to the left and the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** Fields quoted where RFC 4180 asks for it. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(",")}\n`).join("");
}

/** JSON in which NaN and the infinities are texts, as in the conformance vectors. */
export function jsonText(value: unknown): string {
  const plain = (_: string, one: unknown) =>
    typeof one === "number" && !Number.isFinite(one) ? String(one) : one;
  return `${JSON.stringify(value, plain, 2)}\n`;
}

export function shortNumber(value: number | null): string {
  if (value === null) return "–";
  return Number.isFinite(value) ? String(Number(value.toPrecision(7))) : String(value);
}

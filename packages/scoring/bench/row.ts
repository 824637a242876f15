/** One line of a table: a name and numbers. */
export function row(cells: readonly string[]): string {
  const [name = "", ...numbers] = cells;
  return name.padEnd(36) + numbers.map((cell) => cell.padStart(13)).join("");
}

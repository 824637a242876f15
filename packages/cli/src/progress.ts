/** What a person sees while something takes its time. */

const SHOWN_AFTER_MS = 1_000;

/** Runs a step; when it takes over a second, says so while it runs and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    console.log(`  ${what} …`);
  }, SHOWN_AFTER_MS);
  try {
    const result = await work();
    if (shown) console.log(`  ${what}: done in ${seconds(performance.now() - started)}`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Columns padded to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

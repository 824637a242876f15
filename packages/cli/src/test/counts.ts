export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the summary that `bun test` prints on stderr. A file that fails to load is in no report, only in `N errors`
 * and in the number of files; so a run counts as whole only if every given file was run and the exit code agrees.
 */
export function bunCounts(output: string, exitCode: number, files: number): Counts {
  const last = (pattern: RegExp) => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const passed = last(/^ +(\d+) pass$/gm);
  const skipped = last(/^ +(\d+) skip$/gm) + last(/^ +(\d+) todo$/gm);
  const filesRun = last(/^Ran \d+ tests? across (\d+) files?\./gm);
  const known = last(/^ +(\d+) fail$/gm) + last(/^ +(\d+) errors?$/gm);
  const agrees = exitCode === 0 ? filesRun === files : known > 0;
  return { passed, failed: agrees ? known : Math.max(known, 1), skipped };
}

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of `./medforge test`. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

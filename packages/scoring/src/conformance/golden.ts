import type { Result } from "./checks.ts";
import type { CaseReport } from "./run.ts";

/** One case's results as one line of JSON, keys sorted, every number with all its bits; −0 stays −0. */
export function goldenLine({ file, id, got }: CaseReport): string {
  return `${JSON.stringify(file)} ${JSON.stringify(id)} ${text(got)}\n`;
}

function text(value: Result | undefined): string {
  if (value === undefined) return "refused";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  const entries = Object.entries(value as { readonly [key: string]: Result });
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${text(one)}`)
    .join(",")}}`;
}

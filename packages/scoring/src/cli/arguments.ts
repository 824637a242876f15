import { parseArgs } from "node:util";

import { UsageError } from "./terminal.ts";

export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
}

/** Positional arguments, exactly as many as named, and options. */
export function parseCommand<Options extends Record<string, OptionSpec>>(
  args: readonly string[],
  names: readonly string[],
  options: Options,
): { positionals: string[]; values: Partial<Record<keyof Options, string | boolean>> } {
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length === names.length) {
      return { positionals, values: values as Partial<Record<keyof Options, string | boolean>> };
    }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  throw new UsageError(`Expected ${names.map((name) => `<${name}>`).join(" ")}.`);
}

/** `1,2.5` as numbers within bounds. */
export function numberList(
  text: string | boolean | undefined,
  option: string,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers = String(text)
    .split(",")
    .map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : Number.NaN));
  if (numbers.every((one) => one >= min && one <= max && (!whole || Number.isInteger(one)))) return numbers;
  throw new UsageError(`--${option} takes numbers from ${min} to ${max} with commas between them.`);
}

import { parseArgs } from "node:util";

import { nearest } from "@medforge/core/nearest";

/** One verb of `./medforge`. */
export interface Verb {
  readonly name: string;
  /** One line for `./medforge help`. */
  readonly summary: string;
  /** What comes after the verb, one line for each form: `create <email> [--admin]`. */
  readonly forms: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** @returns the exit code */
  readonly run: (input: Input) => Promise<number>;
}

export interface Option {
  readonly type: "boolean" | "string";
  readonly multiple?: boolean;
  readonly help: string;
}

export interface Input {
  readonly positionals: readonly string[];
  /** Whether a boolean option was given. */
  on(name: string): boolean;
  /** The value of a string option; the last one when given twice. */
  text(name: string): string | undefined;
  /** Every value of a string option. */
  all(name: string): readonly string[];
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError naming the nearest valid option */
export function parseInput(verb: Verb, argv: readonly string[]): Input {
  const options = Object.fromEntries(
    Object.entries({ ...verb.options, help: HELP }).map(([name, { type }]) => [
      name,
      { type, multiple: true },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = options[token.name];
    if (option === undefined) {
      const valid = Object.keys(options).map((name) => `--${name}`);
      throw new UsageError(
        `${token.rawName} is not an option of \`${verb.name}\`; did you mean ${nearest(token.rawName, valid)}?`,
      );
    }
    if (option.type === "string" && (token.value === undefined || token.value === "")) {
      throw new UsageError(`${token.rawName} needs a value.`);
    }
    if (option.type === "boolean" && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value.`);
    }
    given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? ""]);
  }
  return {
    positionals,
    on: (name) => given.has(name),
    text: (name) => given.get(name)?.at(-1),
    all: (name) => given.get(name) ?? [],
  };
}

export const HELP: Option = { type: "boolean", help: "says this" };

/** A whole number within bounds. @throws UsageError */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
  }
  return value;
}

/** What `./medforge help <verb>` prints. */
export function helpText(verb: Verb): string {
  const options = Object.entries({ ...verb.options, help: HELP }).map(
    ([name, option]) => [option.type === "string" ? `--${name} <value>` : `--${name}`, option.help] as const,
  );
  const width = Math.max(...options.map(([flag]) => flag.length));
  return [
    `${verb.summary}`,
    "",
    ...verb.forms.map(
      (form, i) => `${i === 0 ? "usage: " : "       "}./medforge ${`${verb.name} ${form}`.trim()}`,
    ),
    "",
    ...options.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
  ].join("\n");
}

/** Runs the part of a verb that its first word names. @throws UsageError naming the nearest one */
export async function subverb(
  verb: string,
  input: Input,
  parts: Readonly<Record<string, (input: Input) => Promise<number>>>,
): Promise<number> {
  const [name = "", ...positionals] = input.positionals;
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part !== undefined) return part({ ...input, positionals });
  const known = Object.keys(parts);
  throw new UsageError(
    name === ""
      ? `\`${verb}\` does one of these: ${known.join(", ")}.`
      : `\`${verb} ${name}\` is nothing; did you mean \`${verb} ${nearest(name, known)}\`?`,
  );
}

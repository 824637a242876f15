import type { FaultCode } from "../errors.ts";
import type { FaultList } from "../faults.ts";

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the keys of one object of the manifest; what is wrong goes to the list with its path, and reads as a default. */
export class Checker {
  readonly faults: FaultList;
  readonly #object: Json;
  readonly #path: string;
  readonly #known = new Set<string>();

  constructor(object: Json, faults: FaultList, path = "") {
    this.#object = object;
    this.faults = faults;
    this.#path = path;
  }

  at(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  bad(key: string, message: string, code: FaultCode = "manifest_bad_value"): void {
    this.faults.add(code, { path: this.at(key) }, message);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  /** The value, or nothing with a fault if the key is needed and not there. */
  value(key: string, required: boolean): unknown {
    this.#known.add(key);
    if (this.has(key)) return this.#object[key];
    if (required) this.faults.add("manifest_missing_key", { path: this.at(key) });
    return undefined;
  }

  text(key: string, rule: { pattern?: RegExp; max: number; says: string }, fallback?: string): string {
    const value = this.value(key, fallback === undefined);
    if (value === undefined) return fallback ?? "";
    const fits = typeof value === "string" && value.trim() !== "" && value.length <= rule.max;
    if (fits && (rule.pattern?.test(value) ?? true)) return value;
    this.bad(key, rule.says);
    return fallback ?? "";
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const value = this.value(key, fallback === undefined);
    const first = fallback ?? (choices[0] as Choice);
    if (value === undefined) return first;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.bad(key, `One of ${choices.join(", ")}.`);
    return found ?? first;
  }

  number(key: string, rule: { min: number; max: number; whole?: boolean }, fallback?: number): number {
    const value = this.value(key, fallback === undefined);
    if (value === undefined) return fallback ?? rule.min;
    if (typeof value === "number" && value >= rule.min && value <= rule.max) {
      if (rule.whole !== true || Number.isInteger(value)) return value;
    }
    this.bad(key, `A ${rule.whole === true ? "whole " : ""}number from ${rule.min} to ${rule.max}.`);
    return fallback ?? rule.min;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.value(key, false);
    if (value === undefined || typeof value === "boolean") return value ?? fallback;
    this.bad(key, "true or false.");
    return fallback;
  }

  /** Every key that nobody asked for is a fault: a misspelt key must not be passed over in silence. */
  noMore(): void {
    for (const key of Object.keys(this.#object)) {
      if (!this.#known.has(key)) this.faults.add("manifest_unknown_key", { path: this.at(key.slice(0, 60)) });
    }
  }
}

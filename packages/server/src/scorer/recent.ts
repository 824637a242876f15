/** The results of the last few different questions, the oldest given up first. */
export class Recent<Value> {
  readonly #max: number;
  readonly #known = new Map<string, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  async of(key: string, make: () => Value | Promise<Value>): Promise<Value> {
    const known = this.#known.get(key);
    const value = known ?? (await make());
    this.#known.delete(key);
    this.#known.set(key, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#max && oldest !== undefined) this.#known.delete(oldest);
    return value;
  }
}

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { HoldoutFile } from "@medforge/scoring";

import type { Source } from "./source.ts";

type Content = string | Uint8Array;

/** Writes the parts of one bundle; what goes where is decided by the name of the method and nowhere else. */
export class BundleWriter {
  readonly #folder: string;
  readonly #holdout: HoldoutFile[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was written into the holdout so far. */
  get held(): readonly HoldoutFile[] {
    return this.#holdout;
  }

  /** Hidden reference: never leaves the server. */
  async holdout(name: string, content: Content): Promise<void> {
    await mkdir(join(this.#folder, "holdout"), { recursive: true, mode: 0o700 });
    await this.#write(`holdout/${name}`, content, 0o600);
    this.#holdout.push({ name, content: bytesOf(content) });
  }

  /** What submissions are checked against: ids, sizes, geometry. */
  evaluation(name: string, content: Content): Promise<void> {
    return this.#write(`public/${name}`, content);
  }

  /** What participants work with: training data with labels, evaluation data without. */
  dataset(name: string, content: Content): Promise<void> {
    return this.#write(`dataset/files/${name}`, content);
  }

  /** The same for a downloaded file that is given on as it is. */
  datasetCopy(name: string, source: Source, from: string): Promise<void> {
    return source.copy(from, join(this.#folder, "dataset/files", name));
  }

  /** `sample_submission.csv` or `.zip`, made of public data alone. */
  sample(extension: "csv" | "zip", content: Content): Promise<void> {
    return this.#write(`sample_submission.${extension}`, content);
  }

  /** A file of the bundle itself. */
  own(name: string, content: Content): Promise<void> {
    return this.#write(name, content);
  }

  async #write(name: string, content: Content, mode = 0o644): Promise<void> {
    const path = join(this.#folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode });
  }
}

function bytesOf(content: Content): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

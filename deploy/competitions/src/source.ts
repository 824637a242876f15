import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { parseTable } from "@medforge/scoring";
import { placeText } from "@medforge/scoring/errors";
import type { Table, TableSchema } from "@medforge/scoring/tables/table";

import { PrepareError } from "./errors.ts";

/** The files that the operator downloaded, by their names relative to one folder. */
export interface Source {
  /** @throws PrepareError when there is no such file */
  bytes(name: string): Promise<Uint8Array>;
  has(name: string): Promise<boolean>;
  /** Copies one file as it is; large ones are never in memory. @throws PrepareError when there is no such file */
  copy(name: string, to: string): Promise<void>;
}

export function folderSource(folder: string): Source {
  const existing = async (name: string) => {
    const file = Bun.file(join(folder, name));
    if (!(await file.exists())) throw missing(name, folder);
    return file;
  };
  return {
    bytes: async (name) => (await existing(name)).bytes(),
    has: (name) => Bun.file(join(folder, name)).exists(),
    async copy(name, to) {
      await existing(name);
      await mkdir(dirname(to), { recursive: true });
      await copyFile(join(folder, name), to);
    },
  };
}

/** File contents by name. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Files that were made and not downloaded. */
export function memorySource(files: Files): Source {
  const bytes = async (name: string) => {
    const content = files[name];
    if (content === undefined) throw missing(name, "what was made");
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  return {
    bytes,
    has: async (name) => files[name] !== undefined,
    async copy(name, to) {
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, await bytes(name));
    },
  };
}

/** A downloaded table. @throws PrepareError naming every fault by row and column */
export async function sourceTable(
  source: Source,
  name: string,
  columns: TableSchema["columns"],
): Promise<Table> {
  const table = parseTable(await source.bytes(name), { columns, faultsMax: 10 });
  if (table.faultsTotal === 0) return table;
  const faults = table.faults.map((fault) => `${placeText({ file: name, ...fault.where })}${fault.message}`);
  const more = table.faultsTotal - faults.length;
  throw new PrepareError(
    [
      `${name} is not the file that was expected:`,
      ...faults,
      ...(more > 0 ? [`and ${more} more faults`] : []),
    ].join("\n  "),
  );
}

/** The lines of a downloaded list, without comments and empty ones. */
export async function sourceLines(source: Source, name: string): Promise<string[]> {
  const text = new TextDecoder().decode(await source.bytes(name));
  return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
}

function missing(name: string, place: string): PrepareError {
  return new PrepareError(`${name} is missing in ${place}. The bundle's README says what to download.`);
}

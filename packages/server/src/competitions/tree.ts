import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { chmod, copyFile, lstat, mkdir, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import { plainName } from "@medforge/scoring/tables/zip-names";

import { sync } from "../disk.ts";

/** Folders of plain files: read, hashed and copied a piece at a time, whatever their size. */

export interface TreeFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Tree {
  /** In the order of the paths' UTF-8 bytes. */
  readonly files: readonly TreeFile[];
  /** What may not be there, of which these are the first. */
  readonly faults: readonly FieldError[];
}

const PIECE_BYTES = 1 << 20;
/** The database keeps no longer one. */
const PATH_LENGTH_MAX = 500;
const FAULTS_MAX = 50;

/**
 * Every file below the folder with its hash. Links are not followed: they, devices, sockets and names that mean
 * something else elsewhere are faults, each with its path as `entry`.
 */
export async function readTree(folder: string): Promise<Tree> {
  const { paths, faults } = await listTree(folder);
  if (faults.length > 0) return { files: [], faults };
  const files: TreeFile[] = [];
  for (const path of paths) files.push({ path, ...(await hashFile(join(folder, path))) });
  return { files, faults };
}

/**
 * The paths of every plain file below the folder, in the order of their UTF-8 bytes, and what else is there. Not with
 * readdir's own `recursive`: Bun 1.4 goes through links to folders there.
 */
export async function listTree(
  folder: string,
): Promise<{ readonly paths: readonly string[]; readonly faults: readonly FieldError[] }> {
  const paths: string[] = [];
  const faults: FieldError[] = [];
  await walk(folder, "", paths, faults);
  const inOrder = paths.map((path) => ({ path, bytes: Buffer.from(path) }));
  inOrder.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return { paths: inOrder.map(({ path }) => path), faults };
}

async function walk(root: string, within: string, paths: string[], faults: FieldError[]): Promise<void> {
  for (const entry of await readdir(join(root, within), { withFileTypes: true })) {
    if (faults.length >= FAULTS_MAX) return;
    const path = within === "" ? entry.name : `${within}/${entry.name}`;
    const message = whatIsWrong(entry, path);
    if (message !== undefined) faults.push({ path: "", entry: path, message });
    else if (entry.isDirectory()) await walk(root, path, paths, faults);
    else paths.push(path);
  }
}

function whatIsWrong(entry: Dirent, path: string): string | undefined {
  if (entry.isSymbolicLink()) return "is a symbolic link; copy what it points to";
  if (!entry.isFile() && !entry.isDirectory()) return "is neither a file nor a folder";
  // A name that is not UTF-8 was read with replacement characters. The database takes "a" and "a " for the same.
  if (plainName(Buffer.from(path)) === undefined || path.includes("\ufffd") || path.endsWith(" ")) {
    return "has a name with a backslash, a control character, a colon after its first letter or a blank at its end, or one that is not UTF-8";
  }
  return path.length > PATH_LENGTH_MAX ? `has a path of more than ${PATH_LENGTH_MAX} characters` : undefined;
}

/** Size and SHA-256 of a plain file; never of what a link points to. */
export async function hashFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const hash = createHash("sha256");
    const piece = new Uint8Array(PIECE_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest("hex") };
      hash.update(piece.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** A file was changed between being read and being copied. */
export class TreeChanged extends Error {}

/** A file that is copied: from where, and as what it is known. */
export interface CopiedFile extends TreeFile {
  readonly from: string;
}

/** Who may read a copy: everybody, or the server alone. */
export type Readers = "everybody" | "server";
const FILE_MODE: Readonly<Record<Readers, number>> = { everybody: 0o644, server: 0o600 };
const FOLDER_MODE: Readonly<Record<Readers, number>> = { everybody: 0o755, server: 0o700 };

/**
 * Afterwards `to`, which must not be there yet, holds these files, durably. Shares blocks where the file system can: a
 * later change of the source never shows in the copy.
 * @throws TreeChanged when a file is not what is known of it
 */
export async function copyFiles(files: readonly CopiedFile[], to: string, readers: Readers): Promise<void> {
  const made = new Set<string>();
  await makeFolder(to, readers, made);
  for (const { from, path, sha256 } of files) {
    const copy = join(to, path);
    await makeFolder(dirname(copy), readers, made);
    await copyFile(from, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).catch(
      (error: unknown) => {
        throw isMissing(error) ? new TreeChanged(path) : error;
      },
    );
    await chmod(copy, FILE_MODE[readers]);
    if ((await hashFile(copy)).sha256 !== sha256) throw new TreeChanged(path);
    await sync(copy);
  }
  for (const folder of made) await sync(folder);
}

/** The files of a folder as what is copied of it. */
export function filesFrom(folder: string, files: readonly TreeFile[]): CopiedFile[] {
  return files.map((file) => ({ ...file, from: join(folder, file.path) }));
}

async function makeFolder(path: string, readers: Readers, made: Set<string>): Promise<void> {
  if (made.has(path)) return;
  if (!(await isFolder(path))) {
    await makeFolder(dirname(path), readers, made);
    await mkdir(path, { mode: FOLDER_MODE[readers] });
    await chmod(path, FOLDER_MODE[readers]);
  }
  made.add(path);
}

/** A real folder, not a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

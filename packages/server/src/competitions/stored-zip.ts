import { type FileHandle, open } from "node:fs/promises";

import { ScoringError } from "@medforge/scoring";
import { crc32 } from "@medforge/scoring/crc32";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** 1980-01-01: the same files give the same bytes. */
const DATE = 0x21;
const FILES_MAX = 0xffff - 1;
const BYTES_MAX = 0xffffffff - 1;

/**
 * Writes a zip of files that are packed already, one in memory at a time (PKWARE APPNOTE 6.3.10, method 0). Up to 4 GiB
 * and 65,535 files: larger ones need zip64, which this does not write.
 */
export class StoredZip {
  readonly #file: FileHandle;
  readonly #central: Buffer[] = [];
  #offset = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param path must not be there yet */
  static async create(path: string): Promise<StoredZip> {
    return new StoredZip(await open(path, "wx", 0o600));
  }

  /** @throws ScoringError `too_large` */
  async add(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#offset + bytes.length > BYTES_MAX || this.#central.length / 2 >= FILES_MAX)
      throw new ScoringError("too_large");
    const text = Buffer.from(name);
    // The fields that both kinds of header share, from "version needed" to the length of the extra field.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(VERSION, 0);
    shared.writeUInt16LE(UTF8_NAMES, 2);
    shared.writeUInt16LE(DATE, 8);
    shared.writeUInt32LE(await crc32(bytes), 10);
    shared.writeUInt32LE(bytes.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(text.length, 22);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(CENTRAL, 0);
    central.writeUInt16LE(VERSION, 4);
    shared.copy(central, 6);
    central.writeUInt32LE(this.#offset, 42);
    this.#central.push(central, text);
    await this.#write(u32(LOCAL), shared, text, bytes);
  }

  /** The directory. Nothing can be added afterwards. */
  async end(): Promise<void> {
    const directory = Buffer.concat(this.#central);
    const files = this.#central.length / 2;
    const end = Buffer.alloc(22);
    end.writeUInt32LE(END, 0);
    end.writeUInt16LE(files, 8);
    end.writeUInt16LE(files, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(this.#offset, 16);
    await this.#write(directory, end);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(...parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      for (let at = 0; at < part.length; )
        at += (await this.#file.write(part, at, part.length - at)).bytesWritten;
      this.#offset += part.length;
    }
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

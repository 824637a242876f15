/**
 * An archive of equal files, stored and not compressed (PKWARE's APPNOTE 6.3.10, 4.3), made while it is read: only one
 * of the files is ever in memory. Below 4 GiB, so without zip64.
 */
export function* largeZip(names: readonly string[], content: Uint8Array): Generator<Uint8Array> {
  const crc = Bun.hash.crc32(content);
  const directory: Buffer[] = [];
  let at = 0;
  for (const name of names) {
    const facts = entryFacts(name, content.length, crc);
    const local = Buffer.concat([signature(0x04034b50), facts, Buffer.from(name)]);
    // Made by, comment, disk and attributes: none. Then where the local header is.
    const more = Buffer.alloc(14);
    more.writeUInt32LE(at, 10);
    directory.push(signature(0x02014b50), Buffer.of(20, 0), facts, more, Buffer.from(name));
    yield local;
    yield content;
    at += local.length + content.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(names.length, 4);
  end.writeUInt16LE(names.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  yield Buffer.concat([central, signature(0x06054b50), end]);
}

/** What the header of a file and its record in the directory have in common. */
function entryFacts(name: string, size: number, crc: number): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(crc, 10);
  facts.writeUInt32LE(size, 14);
  facts.writeUInt32LE(size, 18);
  facts.writeUInt16LE(Buffer.byteLength(name), 22);
  return facts;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

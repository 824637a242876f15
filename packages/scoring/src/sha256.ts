import { ScoringError } from "./errors.ts";
import { platformModule } from "./platform.ts";
import { type ByteSource, readAll } from "./source.ts";

/** The part of node:crypto that is used where it exists; a browser has crypto.subtle, which takes a file only whole. */
interface NodeCrypto {
  createHash(algorithm: "sha256"): { update(piece: Uint8Array): void; digest(encoding: "hex"): string };
}

const pieceBytes = 1 << 20;
const wholeBytesMax = 2 ** 31;

/** The SHA-256 of a source as 64 hexadecimal digits. In Node and Bun only one piece is in memory at a time. */
export async function sha256(source: ByteSource): Promise<string> {
  const node = (await platformModule("node:crypto")) as NodeCrypto | undefined;
  if (node !== undefined) {
    const hash = node.createHash("sha256");
    for (let at = 0; at < source.size; at += pieceBytes) {
      hash.update(await source.read(at, Math.min(pieceBytes, source.size - at)));
    }
    return hash.digest("hex");
  }
  if (globalThis.crypto?.subtle === undefined) {
    throw new ScoringError("not_supported", "SHA-256 needs a secure context: a page over https.");
  }
  const bytes = Uint8Array.from(await readAll(source, wholeBytesMax));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

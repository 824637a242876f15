import { type FileHandle, open } from "node:fs/promises";

import type { Inside } from "./docker-hang-up.ts";
import { type OpenPort, type OpenPorts, openPorts } from "./open-ports.ts";

/**
 * Read from the kernel's own list of the container's network namespace, through this host's /proc: no program of the
 * container's is asked, and nothing in it can make the list say anything else.
 */

/** Listening sockets come first in the kernel's list; this is about 1,700 of them. */
const LIST_BYTES_MAX = 256 * 1024;
const ROUTES_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Ours in every session, and not a web page. */
const SSH_PORT = 22;
/** Docker answers look-ups of names there, in the session's own namespace. */
const RESOLVER = "127.0.0.11";
const LISTENING = "0A";
/** `::ffff:` in words of four bytes, the last one first. */
const IPV4_IN_IPV6 = `${"0".repeat(16)}FFFF0000`;

/** @returns undefined when this process is not, or not any more, one with that address */
export async function openPortsInside({ pid, address }: Inside): Promise<OpenPorts | undefined> {
  const net = `/proc/${pid}/net`;
  const [four, six] = await Promise.all([
    beginningOf(`${net}/tcp`, LIST_BYTES_MAX),
    // Not there on a host without IPv6.
    beginningOf(`${net}/tcp6`, LIST_BYTES_MAX),
  ]);
  // After the lists: in case the number is another process's by now, they are not of our container.
  const routes = await beginningOf(`${net}/fib_trie`, ROUTES_BYTES_MAX);
  if (four === undefined || routes === undefined || !isLocal(routes, address)) return undefined;
  return openPorts([...listeningIn(four, address), ...listeningIn(six ?? "", address)]);
}

/**
 * The listening sockets of /proc/net/tcp or tcp6 (proc(5)), but those that are there in every session.
 * @param own address of the container
 */
export function listeningIn(list: string, own: string): OpenPort[] {
  return list.split("\n").flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [hex = "", port = ""] = local.split(":");
    if (state !== LISTENING || !/^([\dA-F]{8}|[\dA-F]{32})$/.test(hex) || !/^[\dA-F]{4}$/.test(port))
      return [];
    const address = addressIn(hex);
    const number = Number.parseInt(port, 16);
    if (number === SSH_PORT || address === RESOLVER) return [];
    return [{ port: number, reachable: address === "0.0.0.0" || address === own }];
  });
}

/**
 * The IPv4 address that it stands for; undefined for one of IPv6, which sessions do not have among themselves and us.
 * "Every address" of IPv6 takes IPv4 too, unless its program said otherwise, which this list does not show.
 */
function addressIn(hex: string): string | undefined {
  const before = hex.slice(0, -8);
  return before === "" || before === IPV4_IN_IPV6 || /^0+$/.test(hex) ? dotted(hex.slice(-8)) : undefined;
}

/** Four bytes as the processor keeps them: the last one first. */
function dotted(word: string): string {
  return (word.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

/** @param routes of /proc/net/fib_trie: an address line, and below it what it is */
function isLocal(routes: string, address: string): boolean {
  const lines = routes.split("\n").map((line) => line.trim());
  return lines.some(
    (line, at) => line === `|-- ${address}` && lines[at + 1]?.endsWith("host LOCAL") === true,
  );
}

/** At most so much of a file of the kernel's, in whole lines; undefined when there is no such process or file. */
async function beginningOf(path: string, bytesMax: number): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const parts: Buffer[] = [];
    for (let size = 0; size < bytesMax; ) {
      // The kernel fills a part of it at a time.
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    const text = Buffer.concat(parts).toString("latin1");
    return text.slice(0, text.lastIndexOf("\n") + 1);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) {
      return undefined;
    }
    throw error;
  } finally {
    await file?.close();
  }
}

import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** The host's file, and where systemd-resolved keeps the name servers behind its own address on loopback. */
const FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/** The IPv4 name servers that this host asks, as far as they are other machines: sessions reach nothing on the host. */
export function hostResolvers(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  for (const file of FILES.filter((path) => existsSync(path))) {
    const found = nameServers(readFileSync(file, "utf8")).filter((address) => !own.includes(address));
    if (found.length > 0) return found;
  }
  return [];
}

/** The IPv4 name servers of a resolv.conf that are not on loopback. */
export function nameServers(text: string): string[] {
  return [...text.matchAll(/^nameserver\s+((?:\d{1,3}\.){3}\d{1,3})\s*$/gm)]
    .map((match) => match[1] ?? "")
    .filter((address) => !address.startsWith("127."));
}

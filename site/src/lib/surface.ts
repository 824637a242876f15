export type Surface = "external" | "internal";

/** The host decides (contract, "Hosts"): `internal.medforge.<domain>` is the internal portal, everything else the external one. */
export function surfaceOf(hostname: string): Surface {
  return hostname.startsWith("internal.") ? "internal" : "external";
}

/** The same page on the other portal, or undefined where there is only one host (no Caddy). */
export function otherPortal(address: URL): string | undefined {
  const [first, ...rest] = address.host.split(".");
  if (first !== "external" && first !== "internal") return undefined;
  const other = first === "external" ? "internal" : "external";
  return `${address.protocol}//${[other, ...rest].join(".")}/`;
}

/** What takes connections in a session, and who gets to it. */

export interface OpenPort {
  readonly port: number;
  /** False where only the session itself gets to it: it listens on loopback. */
  readonly reachable: boolean;
}

export interface OpenPorts {
  /** Lowest first, at most `OPEN_PORTS_MAX`. */
  readonly ports: readonly OpenPort[];
  /** There are more than are named here. */
  readonly more: boolean;
}

export const OPEN_PORTS_MAX = 50;
export const NO_OPEN_PORTS: OpenPorts = { ports: [], more: false };

/** Each port once: one that somebody gets to from outside counts as such, wherever else it is open too. */
export function openPorts(found: readonly OpenPort[]): OpenPorts {
  const reachable = new Map<number, boolean>();
  for (const one of found) reachable.set(one.port, one.reachable || reachable.get(one.port) === true);
  const ports = [...reachable].map(([port, open]) => ({ port, reachable: open }));
  return {
    ports: ports.sort((a, b) => a.port - b.port).slice(0, OPEN_PORTS_MAX),
    more: ports.length > OPEN_PORTS_MAX,
  };
}

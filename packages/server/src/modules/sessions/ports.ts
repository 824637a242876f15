import type { SessionPort, SessionPorts } from "@medforge/contracts/sessions";
import { SESSION_PORT_MIN, sessionHost } from "@medforge/core/hosts";
import type { Slug } from "@medforge/core/ids";
import type { Session } from "@medforge/db/queries/sessions";
import type { OpenPort, OpenPorts } from "@medforge/runtime/containers/open-ports";

import type { Deps } from "../../deps.ts";

/** Open ports with the hosts under which the gate lets people to them. */
export function portsOnWire(
  { config }: Deps,
  { slug, exposure }: Session,
  { ports, more }: OpenPorts,
): SessionPorts {
  return {
    ports: ports.map((open): SessionPort => {
      const { port } = open;
      const obstacle = obstacleOf(open);
      const host = () => sessionHost(config.domain, { slug: slug as Slug, exposure, port });
      return { port, url: obstacle === null ? `https://${host()}/` : null, obstacle };
    }),
    more,
  };
}

function obstacleOf({ port, reachable }: OpenPort): SessionPort["obstacle"] {
  if (port < SESSION_PORT_MIN) return "system_port";
  return reachable ? null : "loopback_only";
}

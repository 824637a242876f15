import type { Slug } from "@medforge/core/ids";
import type { Exposure } from "@medforge/core/session";

import type { SessionNames, SessionNetwork } from "./port.ts";

/** Names and labels that a session's things have in the engine. Firewall rules match on the bridge names. */

export const LABEL = {
  session: "medforge.session",
  slug: "medforge.slug",
  user: "medforge.user",
  exposure: "medforge.exposure",
  gpu: "medforge.gpu",
  workspace: "medforge.workspace",
  port: "medforge.port",
} as const;

export function networkLabels(wish: SessionNetwork): Record<string, string> {
  return {
    [LABEL.slug]: wish.slug,
    [LABEL.exposure]: wish.exposure,
    [LABEL.port]: String(wish.sshPort),
  };
}

export function containerLabels(wish: SessionNames): Record<string, string> {
  return {
    ...networkLabels(wish),
    [LABEL.session]: wish.sessionId,
    [LABEL.user]: wish.userId,
    [LABEL.gpu]: wish.gpuUuid,
    [LABEL.workspace]: wish.workspaceId,
  };
}

export function hostName(slug: Slug): string {
  return `mf-${slug}`;
}

export function networkName(slug: Slug): string {
  return `mf-net-${slug}`;
}

/** At most 15 characters, as Linux wants it. */
export function bridgeName(slug: Slug, exposure: Exposure): string {
  return `${exposure === "EXTERNAL" ? "mfe" : "mfi"}-${slug}`;
}

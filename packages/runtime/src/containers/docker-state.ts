import { isSlug } from "@medforge/core/ids";
import type { ContainerInspectInfo } from "dockerode";

import { LABEL, networkName } from "./docker-names.ts";
import type { ContainerState, FoundContainer } from "./port.ts";

/** The exit code of a process that got SIGKILL, as tini and the engine tell it. */
export const EXIT_KILLED = 137;

/** What the engine shows, in our words; undefined when the container is not ours. */
export function foundContainer(shown: ContainerInspectInfo, oomSeen: boolean): FoundContainer | undefined {
  const labels = shown.Config.Labels ?? {};
  const slug = labels[LABEL.slug] ?? "";
  const sessionId = labels[LABEL.session];
  if (sessionId === undefined || !isSlug(slug)) return undefined;
  return {
    slug,
    sessionId,
    userId: labels[LABEL.user] ?? null,
    gpuUuid: labels[LABEL.gpu] ?? null,
    workspaceId: labels[LABEL.workspace] ?? null,
    sshPort: Number(labels[LABEL.port]) || null,
    state: stateOf(shown, networkName(slug), oomSeen),
  };
}

function stateOf(shown: ContainerInspectInfo, network: string, oomSeen: boolean): ContainerState {
  const { State: state } = shown;
  // A start that failed half-way is "created" with an exit code.
  if (state.Status === "created") return { is: "created" };
  // Paused and restarting ones still have their processes.
  if (state.Running || state.Paused || state.Restarting) {
    const address = shown.NetworkSettings.Networks[network]?.IPAddress;
    return { is: "running", startedAtMs: timeMs(state.StartedAt), address: address ? address : null };
  }
  return {
    is: "exited",
    exitCode: state.ExitCode,
    // Newer engines set OOMKilled for a child's death too and keep it set: only a kill can be one of memory.
    outOfMemory: state.ExitCode === EXIT_KILLED && (state.OOMKilled || oomSeen),
    // The engine's zero time means that it did not see the end (a power cut).
    atMs: timeMs(state.FinishedAt) || timeMs(state.StartedAt),
  };
}

/** 0 for the engine's zero time, "0001-01-01T00:00:00Z". */
export function timeMs(text: string): number {
  return Math.max(0, Date.parse(text) || 0);
}

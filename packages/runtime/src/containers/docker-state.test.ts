import { describe, expect, test } from "bun:test";

import type { ContainerInspectInfo } from "dockerode";

import { foundContainer } from "./docker-state.ts";

const ZERO = "0001-01-01T00:00:00Z";
const STARTED = "2026-11-22T10:11:17.517041205Z";
const FINISHED = "2026-11-22T10:11:19.130446723Z";

/** The fields that matter of what 20.10.24 shows. */
function shown(
  state: Partial<ContainerInspectInfo["State"]>,
  labels: Record<string, string> = {
    "medforge.session": "s",
    "medforge.slug": "abcdefgh",
    "medforge.gpu": "GPU-1",
  },
): ContainerInspectInfo {
  const info = {
    Config: { Labels: labels },
    State: {
      Status: "exited",
      Running: false,
      OOMKilled: false,
      ExitCode: 0,
      StartedAt: ZERO,
      FinishedAt: ZERO,
      ...state,
    },
    NetworkSettings: { Networks: { "mf-net-abcdefgh": { IPAddress: "172.30.0.2" } } },
  };
  return info as unknown as ContainerInspectInfo;
}

describe("what the engine shows", () => {
  test("becomes a state that a loop can act on", () => {
    const running = {
      is: "running",
      startedAtMs: Date.parse("2026-11-22T10:11:17.517Z"),
      address: "172.30.0.2",
    };
    const exited = (
      exitCode: number,
      outOfMemory: boolean,
      atMs = Date.parse("2026-11-22T10:11:19.130Z"),
    ) => ({
      is: "exited",
      exitCode,
      outOfMemory,
      atMs,
    });
    const over = { StartedAt: STARTED, FinishedAt: FINISHED };
    const table: [Partial<ContainerInspectInfo["State"]>, boolean, unknown][] = [
      [{ Status: "created" }, false, { is: "created" }],
      // A start that failed leaves an exit code on a container that never ran.
      [{ Status: "created", ExitCode: 128 }, false, { is: "created" }],
      [{ Status: "running", Running: true, StartedAt: STARTED }, false, running],
      [{ Status: "paused", Running: true, Paused: true, StartedAt: STARTED }, false, running],
      [{ ExitCode: 3, ...over }, false, exited(3, false)],
      [{ ExitCode: 137, OOMKilled: true, ...over }, false, exited(137, true)],
      // Only a child was killed: the engine's event tells.
      [{ ExitCode: 137, ...over }, true, exited(137, true)],
      // An earlier child's death is not why this one ended.
      [{ ExitCode: 143, OOMKilled: true, ...over }, true, exited(143, false)],
      // A power cut: the engine did not see the end.
      [
        { ExitCode: 255, StartedAt: STARTED },
        false,
        exited(255, false, Date.parse("2026-11-22T10:11:17.517Z")),
      ],
      [{ Status: "removing", ExitCode: 137, ...over }, false, exited(137, false)],
    ];
    for (const [state, oomSeen, expected] of table) {
      expect([state, foundContainer(shown(state), oomSeen)?.state]).toEqual([state, expected as never]);
    }
  });

  test("is ours only with our labels", () => {
    expect(foundContainer(shown({}), false)).toMatchObject({
      slug: "abcdefgh",
      sessionId: "s",
      userId: null,
      gpuUuid: "GPU-1",
    });
    expect(foundContainer(shown({}, {}), false)).toBeUndefined();
    expect(
      foundContainer(shown({}, { "medforge.session": "s", "medforge.slug": "NO" }), false),
    ).toBeUndefined();
    expect(foundContainer(shown({}, { "medforge.slug": "abcdefgh" }), false)).toBeUndefined();
  });
});

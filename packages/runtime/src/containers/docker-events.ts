import { isSlug, type Slug } from "@medforge/core/ids";
import type Docker from "dockerode";

import { LABEL } from "./docker-names.ts";

/** Nothing the engine says in one event is longer; more without a line end is not an event stream. */
const LINE_CHARS_MAX = 1_000_000;

/**
 * Calls back for each of our containers' events from `sinceMs` on; resolves when the stream ends, breaks or is
 * aborted.
 */
export async function followEvents(
  api: Docker,
  sinceMs: number,
  onChange: (slug: Slug) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = await api.getEvents({
    since: sinceMs / 1000,
    filters: { type: ["container"], label: [LABEL.session], event: ["die", "destroy"] },
    abortSignal: signal,
  });
  let rest = "";
  await new Promise<void>((resolve) => {
    stream.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const slug = slugOf(line);
        if (slug !== undefined) onChange(slug);
      }
      if (rest.length > LINE_CHARS_MAX) resolve();
    });
    stream.on("end", resolve);
    stream.on("close", resolve);
    // Aborting and a broken connection both come as an error.
    stream.on("error", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * True when the engine's memory holds an out-of-memory event of this container shortly before its end. The engine
 * keeps 256 events, and none over its own restart: best effort, for where it left `OOMKilled` false because the kernel
 * chose a child of the first process. The cgroup's own counters are gone once the container is.
 */
export async function outOfMemoryBefore(
  api: Docker,
  container: { readonly id: string; readonly finishedAtMs: number },
  nowMs: number,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const stream = await api.getEvents({
    since: (container.finishedAtMs - OOM_BEFORE_END_MS) / 1000,
    // Not in the future: the stream would stay open until then.
    until: nowMs / 1000,
    filters: { type: ["container"], container: [container.id], event: ["oom"] },
    abortSignal,
  });
  return await new Promise<boolean>((resolve) => {
    let seen = false;
    stream.on("data", () => {
      seen = true;
    });
    stream.on("end", () => resolve(seen));
    stream.on("close", () => resolve(seen));
    stream.on("error", () => resolve(seen));
  });
}

const OOM_BEFORE_END_MS = 10_000;

function slugOf(line: string): Slug | undefined {
  if (line.trim() === "") return undefined;
  try {
    const event = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } };
    const slug = event.Actor?.Attributes?.[LABEL.slug] ?? "";
    return isSlug(slug) ? slug : undefined;
  } catch {
    // A line cut off by the end of the stream; the caller looks at everything anyway.
    return undefined;
  }
}

import { Show } from "solid-js";

import { api, ask } from "../lib/api.ts";
import { createAsked } from "../lib/asked.ts";
import { durationText } from "../lib/format.ts";
import { Asked } from "../ui/Asked.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Time } from "../ui/Time.tsx";

/** What the house says of itself to everybody. */
export function StatusFacts() {
  const status = createAsked(() => ask(api.status.get()), { everyMs: 10_000 });
  return (
    <Asked of={status}>
      {(now) => (
        <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
          <dt class="text-soft">Health</dt>
          <dd>
            <Badge tone={now().healthy ? "good" : "bad"}>
              {now().healthy ? "everything works" : "something is wrong; new sessions may not start"}
            </Badge>
          </dd>
          <dt class="text-soft">GPUs free</dt>
          <dd>
            {now().gpus.free} of {now().gpus.total}
          </dd>
          <dt class="text-soft">Waiting for a GPU</dt>
          <dd>{now().queue_length}</dd>
          <dt class="text-soft">Submissions waiting</dt>
          <dd>
            {now().scoring.queue_length}
            <Show when={now().scoring.queue_length > 0}>
              , the first for {durationText(now().scoring.oldest_s)}
            </Show>
          </dd>
          <dt class="text-soft">Scoring worker</dt>
          <dd>
            <Show when={now().scoring.worker_seen_at} fallback="never seen: submissions wait">
              {(at) => (
                <>
                  last seen <Time at={at()} />
                </>
              )}
            </Show>
          </dd>
        </dl>
      )}
    </Asked>
  );
}

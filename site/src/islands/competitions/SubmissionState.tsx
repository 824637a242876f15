import type { Submission } from "@medforge/contracts/submissions";
import { Match, Show, Switch } from "solid-js";

import { Badge } from "../../ui/Badge.tsx";

/** Where a submission is on its way to a score: its place in the queue, or why it failed. */
export function SubmissionState(props: { readonly submission: Submission }) {
  return (
    <Switch>
      <Match when={props.submission.state === "queued"}>
        <Badge tone="warn">
          waiting
          <Show when={props.submission.queue_position}>{(position) => <>, place {position()}</>}</Show>
        </Badge>
      </Match>
      <Match when={props.submission.state === "scoring"}>
        <Badge tone="accent">being scored</Badge>
      </Match>
      <Match when={props.submission.state === "scored"}>
        <Badge tone="good">scored</Badge>
      </Match>
      <Match when={props.submission.state === "failed"}>
        <Badge tone="bad">failed</Badge>
        <Show when={props.submission.error}>
          {(error) => (
            <p class="mt-1 max-w-xs text-xs">
              {error().detail} <span class="font-mono text-soft">{error().code}</span>
            </p>
          )}
        </Show>
      </Match>
    </Switch>
  );
}

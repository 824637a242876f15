import { For, Show } from "solid-js";

import { askPage, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { Time } from "../../ui/Time.tsx";
import { SubmissionState } from "./SubmissionState.tsx";

const SHOWN = 5;
/** A score appears here by itself, without a reload. */
const LOOK_EVERY_MS = 5_000;

/** The newest of one's own, whatever competition they are for. */
export function RecentSubmissions() {
  const submissions = createAsked(
    async () => {
      await requireMe();
      return (await askPage(here.submissions.get({ query: { limit: SHOWN } }))).items;
    },
    { everyMs: LOOK_EVERY_MS },
  );
  return (
    <Card title="Your last submissions">
      <Asked of={submissions}>
        {(items) => (
          <Show
            when={items().length > 0}
            fallback={
              <Empty>
                Nothing yet. <a href="/competitions/">Choose a competition</a>; its Submit tab checks a file
                before it is sent.
              </Empty>
            }
          >
            <ul class="grid gap-3 text-sm">
              <For each={items()}>
                {(submission) => (
                  <li class="grid gap-x-4 gap-y-1 sm:grid-cols-[1fr_auto]">
                    <span class="min-w-0">
                      <a href={`/competitions/${submission.competition}/history/`}>
                        {submission.competition_title}
                      </a>
                      <span class="block truncate text-xs text-soft">
                        {submission.file_name} · <Time at={submission.created_at} />
                      </span>
                    </span>
                    <span class="sm:text-right">
                      <SubmissionState submission={submission} />{" "}
                      <Show when={submission.score !== null}>
                        <span class="ml-2 font-medium tabular-nums">
                          {submission.score?.toFixed(submission.displayed_decimals)}
                        </span>
                      </Show>
                    </span>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        )}
      </Asked>
    </Card>
  );
}

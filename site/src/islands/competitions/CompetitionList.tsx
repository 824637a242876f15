import { For, Show } from "solid-js";

import { askPage, here, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";

export function CompetitionList() {
  const competitions = createPages(async (cursor) => {
    await requireMe();
    return askPage(here.competitions.get(pageAt(cursor)));
  });
  return (
    <AskedList of={competitions} empty="There is no competition on this portal yet. An admin imports them.">
      {(items) => (
        <ul class="grid gap-4 md:grid-cols-2">
          <For each={items()}>
            {(competition) => (
              <li class="flex flex-col gap-2 rounded-lg border border-line bg-surface p-5">
                <div class="flex flex-wrap items-start justify-between gap-2">
                  <h2 class="text-base">
                    <a href={`/competitions/${competition.slug}/`}>{competition.title}</a>
                  </h2>
                  <Show when={competition.retired_at}>
                    <Badge tone="warn">closed</Badge>
                  </Show>
                </div>
                <p class="text-sm text-soft">
                  {taskText(competition.task)}, ranked by <strong>{competition.primary_metric.key}</strong>
                </p>
                <p class="mt-auto text-sm text-soft">
                  {competition.board.users} on the board · {competition.board.submissions} scored ·{" "}
                  {competition.submissions_per_day_max} a day
                </p>
              </li>
            )}
          </For>
        </ul>
      )}
    </AskedList>
  );
}

const TASKS: Readonly<Record<string, string>> = {
  classification: "Classification",
  tabular: "Tabular",
  detection: "Detection",
  "segmentation-rle": "Segmentation, run-length masks",
  "segmentation-nifti": "Segmentation, NIfTI masks",
  regression: "Regression",
  survival: "Survival",
};

export function taskText(task: string): string {
  return TASKS[task] ?? task;
}

import type { CompetitionDetails, PublicFile } from "@medforge/contracts/competitions";
import { For, Show } from "solid-js";

import { askPage, here, pageAt, publicFileUrl } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { Markdown } from "../../ui/Markdown.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Time } from "../../ui/Time.tsx";
import { taskText } from "./CompetitionList.tsx";
import { CompetitionFrame } from "./competition.tsx";

export function Overview() {
  return (
    <CompetitionFrame>
      {(competition) => (
        <div class="grid gap-6 lg:grid-cols-[2fr_1fr]">
          <div class="grid min-w-0 content-start gap-6">
            <Show when={competition().retired_at}>
              {(at) => (
                <Notice tone="warn">
                  Closed since <Time at={at()} />: the board stays, nothing new is taken.
                </Notice>
              )}
            </Show>
            <Show when={competition().labels_publicly_known}>
              <Notice>
                The right answers can be found in public: scores here show skill only among the honest.
              </Notice>
            </Show>
            <Markdown text={competition().description} />
            <Metrics competition={competition()} />
          </div>
          <div class="grid content-start gap-6">
            <Rules competition={competition()} />
            <Files competition={competition()} />
          </div>
        </div>
      )}
    </CompetitionFrame>
  );
}

function Metrics(props: { readonly competition: CompetitionDetails }) {
  return (
    <Card title="How it is measured">
      <dl class="grid gap-4 text-sm">
        <For each={props.competition.metrics}>
          {(metric) => (
            <div class="grid gap-1">
              <dt class="flex flex-wrap items-baseline gap-2 font-medium">
                {metric.key}
                <span class="font-mono text-xs font-normal text-soft">{metric.version}</span>
                <Show when={metric.primary}>
                  <span class="text-xs text-accent">decides the board</span>
                </Show>
              </dt>
              <dd>{metric.definition}</dd>
              <dd class="text-soft">
                {metric.direction === "higher-is-better" ? "Higher is better" : "Lower is better"}
                {metric.unit === "1" ? "" : `, in ${metric.unit}`}. {metric.empty}
              </dd>
              <dd class="text-xs text-soft">{metric.source}</dd>
            </div>
          )}
        </For>
      </dl>
    </Card>
  );
}

const EMPTY = {
  perfect: "Counts as perfect when the prediction is empty too",
  zero: "Counts as zero",
  "leave-out": "Is left out",
} as const;

function Rules(props: { readonly competition: CompetitionDetails }) {
  return (
    <Card title="Rules">
      <dl class="grid gap-2 text-sm [&_dt]:text-soft">
        <dt>Task</dt>
        <dd>{taskText(props.competition.task)}</dd>
        <dt>Submissions</dt>
        <dd>
          {props.competition.submissions_per_day_max} in a UTC day; you have{" "}
          {props.competition.remaining_today} left until <Time at={props.competition.resets_at} />
        </dd>
        <dt>Columns</dt>
        <dd class="font-mono text-xs break-all">
          {[props.competition.id_column, ...props.competition.target_columns].join(", ")}
        </dd>
        <dt>A case without anything to find</dt>
        <dd>{EMPTY[props.competition.empty_cases]}</dd>
        <dt>A case that is missing</dt>
        <dd>
          {props.competition.missing_cases === "refuse"
            ? "The file is refused"
            : "Counts as an empty prediction"}
        </dd>
        <dt>Largest file</dt>
        <dd>{bytesText(props.competition.limits.file_bytes_max)}</dd>
        <dt>Per-case scores</dt>
        <dd>{props.competition.owners_see_cases ? "You see those of your own" : "Shown to nobody"}</dd>
        <Show when={props.competition.dataset_slug}>
          {(slug) => (
            <>
              <dt>Data</dt>
              <dd>
                <a href={`/datasets/${slug()}/`}>{slug()}</a>, in every session at{" "}
                <code class="break-all">/datasets/{slug()}</code>
              </dd>
            </>
          )}
        </Show>
      </dl>
    </Card>
  );
}

function Files(props: { readonly competition: CompetitionDetails }) {
  const files = createPages<PublicFile>((cursor) =>
    askPage(here.competitions({ slug: props.competition.slug }).public.get(pageAt(cursor))),
  );
  return (
    <Card title="Files">
      <AskedList of={files} empty="Nothing to download.">
        {(items) => (
          <ul class="grid gap-1 text-sm">
            <For each={items()}>
              {(file) => (
                <li class="flex justify-between gap-3">
                  <a
                    class="min-w-0 break-all"
                    href={publicFileUrl(props.competition.slug, file.name)}
                    download=""
                  >
                    {file.name}
                  </a>
                  <span class="whitespace-nowrap text-soft">{bytesText(file.bytes)}</span>
                </li>
              )}
            </For>
          </ul>
        )}
      </AskedList>
      <p class="mt-3 text-xs text-soft">
        Offline the same as here:{" "}
        <code>npx medforge-score check &lt;folder of these files&gt; &lt;submission&gt;</code>
      </p>
    </Card>
  );
}

import type { CompetitionDetails } from "@medforge/contracts/competitions";
import type { Submission } from "@medforge/contracts/submissions";
import { For, Show } from "solid-js";

import { ask, askPage, here, pageAt, submittedFileUrl } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { CompetitionFrame } from "./competition.tsx";
import { SubmissionState } from "./SubmissionState.tsx";

/** A score appears here by itself, without a reload. */
const LOOK_EVERY_MS = 2_000;

export function HistoryPage() {
  return <CompetitionFrame>{(competition) => <History competition={competition()} />}</CompetitionFrame>;
}

function History(props: { readonly competition: CompetitionDetails }) {
  const submissions = createPages(
    (cursor) =>
      askPage(here.competitions({ slug: props.competition.slug }).submissions.me.get(pageAt(cursor))),
    { everyMs: LOOK_EVERY_MS },
  );
  const withdraw = async (id: string) => {
    await ask(here.competitions({ slug: props.competition.slug }).submissions({ id }).withdraw.post());
    await submissions.again();
  };
  return (
    <AskedList
      of={submissions}
      empty="You have not submitted anything here yet. The Submit tab checks a file before it is sent."
    >
      {(items) => (
        <Table caption="Your submissions" columns={["Submitted", "File", "State", "Score", ""]}>
          <For each={items()}>
            {(submission) => (
              <tr class="align-top">
                <td>
                  <Time at={submission.created_at} />
                </td>
                <td>
                  <a href={submittedFileUrl(props.competition.slug, submission.id)} class="break-all">
                    {submission.file_name}
                  </a>
                  <span class="block text-xs text-soft">{bytesText(submission.file_bytes)}</span>
                </td>
                <td>
                  <SubmissionState submission={submission} />
                </td>
                <td>
                  <Scores submission={submission} decimals={props.competition.displayed_decimals} />
                </td>
                <td>
                  <Show when={submission.withdrawn_at === null} fallback={<Badge>withdrawn</Badge>}>
                    <Confirm
                      button="Withdraw"
                      title="Withdraw this submission?"
                      yes="Withdraw it"
                      act={() => withdraw(submission.id)}
                    >
                      Your next best takes its place on the board at once. It still counts for its day, and
                      this cannot be undone.
                    </Confirm>
                  </Show>
                </td>
              </tr>
            )}
          </For>
        </Table>
      )}
    </AskedList>
  );
}

function Scores(props: { readonly submission: Submission; readonly decimals: number }) {
  return (
    <Show when={props.submission.score !== null} fallback="–">
      <span class="font-medium tabular-nums">{props.submission.score?.toFixed(props.decimals)}</span>
      <ul class="mt-1 text-xs text-soft">
        <For each={props.submission.components}>
          {(component) => (
            <li class="tabular-nums">
              {component.key} {component.value === null ? "–" : component.value.toFixed(props.decimals)}
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

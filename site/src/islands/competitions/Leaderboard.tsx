import type { LeaderboardLine } from "@medforge/contracts/leaderboard";
import { createMemo, For, Show } from "solid-js";

import { askBoard } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Time } from "../../ui/Time.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { CompetitionFrame } from "./competition.tsx";
import { IntervalBar, spanOf } from "./IntervalBar.tsx";

const PAGE = 200;

type Board = Awaited<ReturnType<typeof askBoard>>;

export function LeaderboardPage() {
  return (
    <CompetitionFrame>
      {(competition) => <Leaderboard slug={competition().slug} decimals={competition().displayed_decimals} />}
    </CompetitionFrame>
  );
}

/** Any number of lines: those in sight are drawn, the next page is asked for before its first line comes into sight. */
function Leaderboard(props: { readonly slug: string; readonly decimals: number }) {
  const board = createPages((cursor) => askBoard(props.slug, cursor, PAGE));
  return (
    <Asked of={board}>
      {(lines) => (
        <Show
          when={lines().length > 0 && board.page()}
          fallback={<Empty>Nobody is on the board yet. Be the first: the Submit tab.</Empty>}
        >
          {(known) => (
            <div class="grid gap-4">
              <Show when={known().rescoring}>
                <Notice tone="warn">
                  A re-score is under way. This is the board from before it; it switches at once.
                </Notice>
              </Show>
              <Lines
                lines={lines()}
                me={known().me}
                decimals={props.decimals}
                hasMore={board.hasMore()}
                onNearEnd={() => void board.more()}
              />
              <Robustness board={known()} />
            </div>
          )}
        </Show>
      )}
    </Asked>
  );
}

const WIDE = "hidden sm:table-cell";
const COLUMNS = [
  { name: "#", class: "w-14" },
  { name: "Name" },
  { name: "Score", class: "w-24 text-right" },
  { name: "95 % interval", class: `${WIDE} w-40` },
  { name: "Rank", class: `${WIDE} w-20` },
  { name: "Tier", class: `${WIDE} w-16` },
  { name: "Submitted", class: `${WIDE} w-44` },
];

function Lines(props: {
  readonly lines: readonly LeaderboardLine[];
  readonly me: LeaderboardLine | null;
  readonly decimals: number;
  readonly hasMore: boolean;
  readonly onNearEnd: () => void;
}) {
  const span = createMemo(() => spanOf(props.lines));
  return (
    <VirtualTable
      caption="Leaderboard"
      columns={COLUMNS}
      rows={props.lines}
      hasMore={props.hasMore}
      onNearEnd={props.onNearEnd}
      rowClass={(line) => (line.is_me ? "bg-accent-wash" : "")}
      pinned={
        <Show when={props.me} keyed>
          {(me) => <Cells line={me} span={span()} decimals={props.decimals} />}
        </Show>
      }
    >
      {(line) => <Cells line={line} span={span()} decimals={props.decimals} />}
    </VirtualTable>
  );
}

function Cells(props: {
  readonly line: LeaderboardLine;
  readonly span: ReturnType<typeof spanOf>;
  readonly decimals: number;
}) {
  return (
    <>
      <td class="font-medium tabular-nums">{props.line.rank}</td>
      <td>
        {props.line.display_name}{" "}
        <Show when={props.line.is_me}>
          <Badge tone="accent">you</Badge>
        </Show>
      </td>
      <td class="text-right tabular-nums">{props.line.score.toFixed(props.decimals)}</td>
      <td class={WIDE}>
        <Show when={props.line.interval} fallback="–">
          {(interval) => (
            <IntervalBar
              interval={interval()}
              score={props.line.score}
              span={props.span}
              decimals={props.decimals}
            />
          )}
        </Show>
      </td>
      <td class={`${WIDE} tabular-nums`}>
        <Show when={props.line.rank_interval} fallback="–">
          {(interval) => `${interval().low}–${interval().high}`}
        </Show>
      </td>
      <td class={WIDE} title="Not separable from the best of the same tier">
        {props.line.tier ?? "–"}
      </td>
      <td class={`${WIDE} text-soft`}>
        <Time at={props.line.submitted_at} />
      </td>
    </>
  );
}

const WAYS = { median: "the median over cases", "rank-then-mean": "the mean of ranks per case" } as const;

/** Would another way to sum up the same cases have made another order? */
function Robustness(props: { readonly board: Board }) {
  return (
    <Show when={props.board.statistics}>
      {(statistics) => (
        <Card title="How sure is this order?">
          <p class="text-sm text-soft">
            {statistics().resamples} resamples of {statistics().cases} cases, of the best {statistics().lines}{" "}
            lines
            {statistics().up_to_date ? "." : "; the board has changed since, and they are computed anew."}
            <Show when={statistics().cases < 30}> Fewer than 30 cases: intervals, but no tiers.</Show>
          </p>
          <ul class="mt-2 grid gap-1 text-sm">
            <For each={statistics().aggregations}>
              {(other) => (
                <li>
                  By {WAYS[other.by]}: Kendall's τ to this order{" "}
                  <strong class="tabular-nums">
                    {other.kendall_tau === null ? "not defined" : other.kendall_tau.toFixed(2)}
                  </strong>
                </li>
              )}
            </For>
          </ul>
          <p class="mt-2 font-mono text-xs break-all text-soft">seed {statistics().seed}</p>
        </Card>
      )}
    </Show>
  );
}

import type { RankingLine, Rankings } from "@medforge/contracts/people";
import { For, type JSX, Show } from "solid-js";

import { askRankings, surface } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";

const PAGE = 200;

type Page = Awaited<ReturnType<typeof askRankings>>;

/** Everybody across the competitions of this portal. */
export function RankingsPage() {
  const ranking = createPages(async (cursor) => {
    await requireMe();
    return askRankings(cursor, PAGE);
  });
  return (
    <Asked of={ranking}>
      {(lines) => (
        <Show when={ranking.page()}>
          {(known) => (
            <div class="grid gap-6">
              <Show when={!known().listed}>
                <Notice>
                  You asked not to be listed, so you are not among these. <a href="/settings/">Settings</a>{" "}
                  change that.
                </Notice>
              </Show>
              <Show when={lines().length > 0} fallback={<Empty>{nobody(known())}</Empty>}>
                <Lines
                  lines={lines()}
                  me={known().me}
                  hasMore={ranking.hasMore()}
                  onNearEnd={() => void ranking.more()}
                />
              </Show>
              <HowItCounts page={known()} />
            </div>
          )}
        </Show>
      )}
    </Asked>
  );
}

function nobody({ counted }: Pick<Rankings, "counted">): string {
  return counted.length === 0
    ? "No competition on this portal counts yet: see below which do."
    : "Nobody is on the board of a competition that counts. Be the first.";
}

const COLUMNS = [
  { name: "#", class: "w-16" },
  { name: "Name" },
  { name: "Points", class: "w-28 text-right" },
  { name: "Competitions", class: "hidden sm:table-cell w-32 text-right" },
];

function Lines(props: {
  readonly lines: readonly RankingLine[];
  readonly me: RankingLine | null;
  readonly hasMore: boolean;
  readonly onNearEnd: () => void;
}) {
  return (
    <VirtualTable
      caption="Rankings"
      columns={COLUMNS}
      rows={props.lines}
      hasMore={props.hasMore}
      onNearEnd={props.onNearEnd}
      rowClass={(line) => (line.is_me ? "bg-accent-wash" : "")}
      pinned={
        <Show when={props.me} keyed>
          {(me) => <Cells line={me} />}
        </Show>
      }
    >
      {(line) => <Cells line={line} />}
    </VirtualTable>
  );
}

function Cells(props: { readonly line: RankingLine }) {
  return (
    <>
      <td class="font-medium tabular-nums">{props.line.rank}</td>
      <td>
        <a href={`/profile/${props.line.handle}/`}>{props.line.display_name}</a>{" "}
        <Show when={props.line.is_me}>
          <Badge tone="accent">you</Badge>
        </Show>
      </td>
      <td class="text-right tabular-nums">{props.line.points.toLocaleString()}</td>
      <td class="hidden text-right tabular-nums sm:table-cell">{props.line.competitions}</td>
    </>
  );
}

function HowItCounts(props: { readonly page: Page }) {
  return (
    <Card title="How it counts">
      <div class="grid gap-3 text-sm">
        <p>
          Every place on a board is worth points, and these are added up. With <var>r</var> the rank and{" "}
          <var>n</var> the people on the board:
        </p>
        <p class="overflow-x-auto rounded-md bg-sunken px-3 py-2 font-mono">
          points = 100,000 · r<sup>−0.75</sup> · log<sub>10</sub>(1 + log<sub>10</sub> n)
        </p>
        <p>
          It is Kaggle's formula for one person, without its decay over time: boards here stay open. A second
          place is worth 59 % of a first one; a board of 100 is worth 1.6 times one of 10; alone on a board
          there are no points. Equal points share a rank, and the ranking changes as soon as a board does.
        </p>
        <p>
          These are the competitions of the {surface} portal alone; those of the other one do not count here.
        </p>
        <Show when={props.page.counted.length > 0}>
          <List title="What counts">
            <For each={props.page.counted}>
              {(competition) => (
                <li>
                  <a href={`/competitions/${competition.slug}/leaderboard/`}>{competition.title}</a>
                  <span class="text-soft"> · {competition.people} on the board</span>
                </li>
              )}
            </For>
          </List>
        </Show>
        <Show when={props.page.left_out.length > 0}>
          <List title="What does not, because its right answers can be found in public">
            <For each={props.page.left_out}>
              {(competition) => (
                <li>
                  <a href={`/competitions/${competition.slug}/leaderboard/`}>{competition.title}</a>
                </li>
              )}
            </For>
          </List>
        </Show>
      </div>
    </Card>
  );
}

function List(props: { readonly title: string; readonly children: JSX.Element }) {
  return (
    <div>
      <h3 class="font-medium">{props.title}</h3>
      <ul class="mt-1 list-disc pl-5">{props.children}</ul>
    </div>
  );
}

import type { Profile, ProfileEntry } from "@medforge/contracts/people";
import { For, Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { ask, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked, Empty } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";

/** `/profile/<handle>/`: who somebody is here, and where they stand. `/profile/me/` is one's own, whatever it is called now. */
export function ProfilePage() {
  const wanted = nameInPath();
  const profile = createAsked(async () => {
    const me = await requireMe();
    const handle = wanted === "me" ? me.handle : wanted;
    if (handle !== wanted) history.replaceState(null, "", `/profile/${handle}/`);
    return ask(here.people({ handle }).get());
  });
  return (
    <Asked of={profile}>
      {(known) => (
        <div class="grid gap-6">
          <Head profile={known()} />
          <Show when={known().is_me && !known().listed}>
            <Notice>Only you see this page: you asked not to be listed.</Notice>
          </Show>
          <h2>Competitions</h2>
          <Show
            when={known().competitions.length > 0}
            fallback={<Empty>On no board of this portal yet.</Empty>}
          >
            <Entries entries={known().competitions} />
          </Show>
        </div>
      )}
    </Asked>
  );
}

function Head(props: { readonly profile: Profile }) {
  const since = () =>
    new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(new Date(props.profile.member_since));
  return (
    <div class="flex flex-wrap items-start justify-between gap-3">
      <div class="min-w-0">
        <h1 class="break-words">{props.profile.display_name}</h1>
        <p class="mt-1 text-sm text-soft">
          <span class="font-mono">{props.profile.handle}</span> · member since{" "}
          <time datetime={props.profile.member_since}>{since()}</time>
        </p>
        <Show when={props.profile.ranking}>
          {(ranking) => (
            <p class="mt-2 text-sm">
              Rank <strong class="tabular-nums">{ranking().rank}</strong> of {ranking().people} in the{" "}
              <a href="/rankings/">rankings</a>, with {ranking().points.toLocaleString()} points
            </p>
          )}
        </Show>
      </div>
      <Show when={props.profile.is_me}>
        <ButtonLink href="/settings/">Edit your profile</ButtonLink>
      </Show>
    </div>
  );
}

function Entries(props: { readonly entries: readonly ProfileEntry[] }) {
  return (
    <Table caption="Competitions" columns={["Competition", "Rank", "Best score", "Tier", "Points"]}>
      <For each={props.entries}>
        {(entry) => (
          <tr>
            <td>
              <a href={`/competitions/${entry.slug}/leaderboard/`}>{entry.title}</a>{" "}
              <Show when={entry.retired_at}>
                <Badge tone="warn">closed</Badge>
              </Show>
            </td>
            <td class="whitespace-nowrap tabular-nums">
              {entry.rank} of {entry.people}
            </td>
            <td class="tabular-nums">{entry.score.toFixed(entry.displayed_decimals)}</td>
            <td title="Not separable from the best of the same tier">{entry.tier ?? "–"}</td>
            <td class="tabular-nums">
              <Show when={entry.points !== null} fallback={<span class="text-soft">answers are public</span>}>
                {entry.points?.toLocaleString()}
              </Show>
            </td>
          </tr>
        )}
      </For>
    </Table>
  );
}

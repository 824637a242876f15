import { For, Show } from "solid-js";

import { api, ask, askPage, here } from "../lib/api.ts";
import { createAsked } from "../lib/asked.ts";
import { durationText } from "../lib/format.ts";
import { requireMe } from "../lib/me.ts";
import { Asked, Empty } from "../ui/Asked.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { CopyLine } from "../ui/CopyLine.tsx";
import { Announcements } from "./Announcements.tsx";
import { RecentSubmissions } from "./competitions/RecentSubmissions.tsx";
import { StatusFacts } from "./StatusFacts.tsx";
import { StateBadge } from "./sessions/state.tsx";

const LOOK_EVERY_MS = 5_000;

/** What one comes back for: the session that runs, what was submitted lately, the GPUs. */
export function Dashboard() {
  return (
    <div class="grid gap-6 lg:grid-cols-[3fr_2fr]">
      <div class="grid min-w-0 content-start gap-6">
        <Announcements />
        <CurrentSession />
        <RecentSubmissions />
        <Competitions />
      </div>
      <Card title="Right now" class="self-start">
        <StatusFacts />
      </Card>
    </div>
  );
}

function CurrentSession() {
  const current = createAsked(
    async () => {
      await requireMe();
      const [session, keys] = await Promise.all([
        ask(here.sessions.current.get()),
        askPage(api.me["ssh-keys"].get({ query: { limit: 1 } })),
      ]);
      return { session, hasKey: keys.items.length > 0 };
    },
    { everyMs: LOOK_EVERY_MS },
  );
  return (
    <Card
      title="Your session"
      side={
        <a href="/sessions/" class="text-sm">
          All of them
        </a>
      }
    >
      <Asked of={current}>
        {(known) => (
          <Show
            when={known().session}
            fallback={
              <Empty>
                <p class="mb-3">Nothing runs for you now.</p>
                <ButtonLink kind="primary" href={known().hasKey ? "/sessions/" : "/onboarding/"}>
                  {known().hasKey ? "Start a session" : "Get started"}
                </ButtonLink>
              </Empty>
            }
          >
            {(session) => (
              <div class="grid gap-3">
                <p class="flex flex-wrap items-center gap-3">
                  <a href={`/sessions/${session().slug}/`} class="font-mono text-lg">
                    {session().slug}
                  </a>
                  <StateBadge state={session().state} />
                  <Show when={session().queue_position}>
                    {(position) => (
                      <span class="text-sm text-soft">
                        place {position()}
                        <Show when={session().expected_wait}>
                          {(wait) => <>, about {durationText(wait().median_s)}</>}
                        </Show>
                      </span>
                    )}
                  </Show>
                  <span class="text-sm text-soft">
                    {session().workspace.name} · {durationText(session().gpu_seconds)} of GPU time
                  </span>
                </p>
                <Show when={session().state === "RUNNING" && session().ssh}>
                  {(ssh) => <CopyLine label="the ssh command" text={ssh().command} />}
                </Show>
              </div>
            )}
          </Show>
        )}
      </Asked>
    </Card>
  );
}

const SHOWN = 5;

function Competitions() {
  const competitions = createAsked(async () => {
    await requireMe();
    return (await askPage(here.competitions.get({ query: { limit: SHOWN } }))).items;
  });
  return (
    <Card
      title="Competitions"
      side={
        <a href="/competitions/" class="text-sm">
          All of them
        </a>
      }
    >
      <Asked of={competitions}>
        {(items) => (
          <Show when={items().length > 0} fallback={<Empty>None on this portal yet.</Empty>}>
            <ul class="grid gap-2 text-sm">
              <For each={items()}>
                {(competition) => (
                  <li class="flex flex-wrap justify-between gap-x-4">
                    <a href={`/competitions/${competition.slug}/`}>{competition.title}</a>
                    <a href={`/competitions/${competition.slug}/history/`} class="text-soft">
                      your submissions
                    </a>
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

import type { Announcement } from "@medforge/contracts/announcements";
import { For, lazy, Show, Suspense } from "solid-js";

import { askPage, here } from "../lib/api.ts";
import { createAsked } from "../lib/asked.ts";
import { requireMe } from "../lib/me.ts";
import { Notice, ProblemNotice } from "../ui/Notice.tsx";
import { Time } from "../ui/Time.tsx";

// Mostly there is nothing to tell: its code comes when there is.
const Markdown = lazy(async () => ({ default: (await import("../ui/Markdown.tsx")).Markdown }));

const TONES = { info: "info", warning: "warn", critical: "bad" } as const;
const GRAVEST_FIRST: readonly Announcement["severity"][] = ["critical", "warning", "info"];
const LOOK_EVERY_MS = 60_000;

/** What admins tell the members of this portal now. Nothing at all while there is nothing to tell. */
export function Announcements() {
  const announcements = createAsked(
    async () => {
      await requireMe();
      const { items } = await askPage(here.announcements.get({ query: {} }));
      return items.toSorted((a, b) => GRAVEST_FIRST.indexOf(a.severity) - GRAVEST_FIRST.indexOf(b.severity));
    },
    { everyMs: LOOK_EVERY_MS },
  );
  return (
    <>
      <ProblemNotice problem={announcements.problem()} again={() => void announcements.again()} />
      <Show when={announcements.data()?.length}>
        <section aria-label="Announcements" class="grid gap-3">
          <For each={announcements.data()}>
            {(one) => (
              <Notice tone={TONES[one.severity]} title={one.title}>
                <Suspense fallback={<p>{one.body}</p>}>
                  <Markdown text={one.body} />
                </Suspense>
                <p class="mt-1 text-xs text-soft">
                  <Time at={one.starts_at} />
                </p>
              </Notice>
            )}
          </For>
        </section>
      </Show>
    </>
  );
}

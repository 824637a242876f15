import type { CompetitionDetails } from "@medforge/contracts/competitions";
import { For, type JSX } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { ask, here } from "../../lib/api.ts";
import { type AskedOf, createAsked } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";

const TABS = [
  { path: "", text: "Overview" },
  { path: "leaderboard/", text: "Leaderboard" },
  { path: "submit/", text: "Submit" },
  { path: "history/", text: "Your submissions" },
] as const;

/** What the four pages of a competition have in common: its title and the way to the others. */
export function CompetitionFrame(props: {
  readonly children: (
    competition: () => CompetitionDetails,
    asked: AskedOf<CompetitionDetails>,
  ) => JSX.Element;
}) {
  const slug = nameInPath();
  const competition = createAsked(async () => {
    await requireMe();
    return ask(here.competitions({ slug }).get());
  });
  const current = (path: string) =>
    location.pathname.replace(/\/?$/, "/") === `/competitions/${slug}/${path}`;
  return (
    <Asked of={competition}>
      {(known) => (
        <div class="grid gap-6">
          <h1>{known().title}</h1>
          <nav aria-label="Competition" class="flex flex-wrap gap-1 border-b border-line text-sm">
            <For each={TABS}>
              {(tab) => (
                <a
                  href={`/competitions/${slug}/${tab.path}`}
                  aria-current={current(tab.path) ? "page" : undefined}
                  class="-mb-px border-b-2 border-transparent px-3 py-2 text-soft no-underline hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  {tab.text}
                </a>
              )}
            </For>
          </nav>
          {props.children(known, competition)}
        </div>
      )}
    </Asked>
  );
}

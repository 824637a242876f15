import { createResource, For, type JSX, Match, Switch } from "solid-js";

import { requireMe } from "../../lib/me.ts";
import { asProblem } from "../../lib/problem.ts";
import { Waiting } from "../../ui/Asked.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";

export const ADMIN_TABS = [
  { path: "", text: "Health" },
  { path: "users/", text: "Users" },
  { path: "sessions/", text: "Sessions" },
  { path: "gpus/", text: "GPUs" },
  { path: "packs/", text: "Packs" },
  { path: "competitions/", text: "Competitions" },
  { path: "submissions/", text: "Submissions" },
  { path: "announcements/", text: "Announcements" },
  { path: "audit/", text: "Audit trail" },
] as const;

/** What the admin pages have in common. The server refuses everybody else anyway; this only says so kindly. */
export function AdminFrame(props: { readonly children: JSX.Element }) {
  const [me] = createResource(requireMe);
  const current = (path: string) => location.pathname.replace(/\/?$/, "/") === `/admin/${path}`;
  return (
    <Switch fallback={<Waiting />}>
      <Match when={me.error}>{(error) => <ProblemNotice problem={asProblem(error())} />}</Match>
      <Match when={me()?.role === "member"}>
        <Notice tone="warn" title="Only admins may see this">
          Ask one of them for what you need.
        </Notice>
      </Match>
      <Match when={me()?.role === "admin"}>
        <div class="grid gap-6">
          <nav aria-label="Admin" class="flex flex-wrap gap-1 border-b border-line text-sm">
            <For each={ADMIN_TABS}>
              {(tab) => (
                <a
                  href={`/admin/${tab.path}`}
                  aria-current={current(tab.path) ? "page" : undefined}
                  class="-mb-px border-b-2 border-transparent px-3 py-2 text-soft no-underline hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
                >
                  {tab.text}
                </a>
              )}
            </For>
          </nav>
          {props.children}
        </div>
      </Match>
    </Switch>
  );
}

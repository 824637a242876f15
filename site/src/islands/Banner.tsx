import { createResource, For, Show } from "solid-js";

import { api, ask, askPage, here } from "../lib/api.ts";
import { whoAmI } from "../lib/me.ts";

/** Says on every page what is only pretended here, and to members what nobody may miss. */
export function Banner() {
  // Whether the server answers at all is for the page below to say.
  const [status] = createResource(() => ask(api.status.get()).catch(() => undefined));
  const [grave] = createResource(() => graveNews().catch(() => []));
  return (
    <>
      <Show when={status()?.notice}>
        {(notice) => (
          <div role="status" class="border-b border-warn bg-warn-wash px-4 py-2 text-center text-sm text-ink">
            {notice()}
          </div>
        )}
      </Show>
      <For each={grave()}>
        {({ title }) => (
          <div role="alert" class="border-b border-bad bg-bad-wash px-4 py-2 text-center text-sm text-ink">
            <strong>{title}</strong>{" "}
            <a href="/dashboard/" class="underline">
              Read it
            </a>
          </div>
        )}
      </For>
    </>
  );
}

async function graveNews() {
  if ((await whoAmI()) === undefined) return [];
  const { items } = await askPage(here.announcements.get({ query: {} }));
  return items.filter(({ severity }) => severity === "critical");
}

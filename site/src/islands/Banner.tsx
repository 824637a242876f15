import { createResource, Show } from "solid-js";

import { api, ask } from "../lib/api.ts";

/** Says on every page what is only pretended here. */
export function Banner() {
  // Whether the server answers at all is for the page below to say.
  const [status] = createResource(() => ask(api.status.get()).catch(() => undefined));
  return (
    <Show when={status()?.notice}>
      {(notice) => (
        <div role="status" class="border-b border-warn bg-warn-wash px-4 py-2 text-center text-sm text-ink">
          {notice()}
        </div>
      )}
    </Show>
  );
}

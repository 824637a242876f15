import { For } from "solid-js";

import { askPage, here, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";

export function DatasetList() {
  const datasets = createPages(async (cursor) => {
    await requireMe();
    return askPage(here.datasets.get(pageAt(cursor)));
  });
  return (
    <AskedList of={datasets} empty="There is no dataset on this portal yet. They come with competitions.">
      {(items) => (
        <ul class="grid gap-4 md:grid-cols-2">
          <For each={items()}>
            {(dataset) => (
              <li class="grid content-start gap-2 rounded-lg border border-line bg-surface p-5">
                <h2 class="text-base">
                  <a href={`/datasets/${dataset.slug}/`}>{dataset.title}</a>
                </h2>
                <p class="text-sm text-soft">
                  {dataset.files} files, {bytesText(dataset.bytes)} · {dataset.licence}
                </p>
                <p class="font-mono text-xs break-all text-soft">{dataset.mount_path}</p>
              </li>
            )}
          </For>
        </ul>
      )}
    </AskedList>
  );
}

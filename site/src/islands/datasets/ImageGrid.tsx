import type { DatasetFile } from "@medforge/contracts/datasets";
import { createSignal, For, Show } from "solid-js";

import { askPage, datasetFileUrl, here, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { AskedList } from "../../ui/Asked.tsx";

const IMAGES_A_PAGE = 48;
/** A grid of larger ones would be gigabytes. */
const IMAGE_BYTES_MAX = 20 << 20;

/** The images of a dataset, each fetched when it comes into sight. */
export function ImageGrid(props: { readonly slug: string; readonly onShow: (file: DatasetFile) => void }) {
  const images = createPages<DatasetFile>((cursor) => {
    const { query } = pageAt(cursor, IMAGES_A_PAGE);
    return askPage(here.datasets({ slug: props.slug }).files.get({ query: { ...query, preview: "image" } }));
  });
  return (
    <AskedList of={images} empty="There are no images in this dataset.">
      {(items) => (
        <ul aria-label="Images of the dataset" class="grid grid-cols-2 gap-3 sm:grid-cols-4 lg:grid-cols-6">
          <For each={items()}>
            {(file) => (
              <li class="min-w-0">
                <button type="button" class="grid w-full gap-1 text-left" onClick={() => props.onShow(file)}>
                  <DatasetImage slug={props.slug} file={file} class="aspect-square w-full" />
                  <span class="truncate font-mono text-xs" title={file.path} aria-hidden="true">
                    {file.path.slice(file.path.lastIndexOf("/") + 1)}
                  </span>
                </button>
              </li>
            )}
          </For>
        </ul>
      )}
    </AskedList>
  );
}

/** One image, or why it is not there. Its path says what it is: nobody has described it. */
export function DatasetImage(props: {
  readonly slug: string;
  readonly file: DatasetFile;
  readonly class: string;
}) {
  const [failed, setFailed] = createSignal(false);
  const shape = () => `rounded-md border border-line bg-sunken object-contain ${props.class}`;
  const whyNot = () => {
    if (props.file.bytes > IMAGE_BYTES_MAX) return `Too large to be shown: ${bytesText(props.file.bytes)}`;
    return failed() ? "Cannot be shown" : undefined;
  };
  return (
    <Show
      when={whyNot()}
      fallback={
        <img
          src={datasetFileUrl(props.slug, props.file.path)}
          alt={props.file.path}
          loading="lazy"
          decoding="async"
          class={shape()}
          onError={() => setFailed(true)}
        />
      }
    >
      {(why) => (
        <span class={`grid place-items-center p-2 text-center text-xs text-soft ${shape()}`}>
          <span>
            <span class="sr-only">{props.file.path}: </span>
            {why()}
          </span>
        </span>
      )}
    </Show>
  );
}

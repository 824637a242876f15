import type { DatasetDetails, DatasetFile, PreviewKind } from "@medforge/contracts/datasets";
import { createSignal, For, Show } from "solid-js";

import { askPage, here, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Button } from "../../ui/Button.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { FilePreview } from "./FilePreview.tsx";
import { ImageGrid } from "./ImageGrid.tsx";

const FILES_A_PAGE = 200;
const KINDS: readonly (readonly [kind: PreviewKind, name: string])[] = [
  ["volume", "Volumes"],
  ["image", "Images"],
  ["table", "Tables"],
];

/** What is in a dataset: all of it or one kind, and what can be looked at. */
export function Files(props: { readonly dataset: DatasetDetails }) {
  const [kind, setKind] = createSignal<PreviewKind>();
  const [shown, setShown] = createSignal<DatasetFile>();
  /** A retired dataset gives nothing out any more. */
  const isOpen = () => props.dataset.retired_at === null;
  const kinds = () => KINDS.filter(([name]) => isOpen() && props.dataset.previews[name] > 0);
  return (
    <div class="grid gap-4">
      <Show when={kinds().length > 0}>
        <fieldset class="flex flex-wrap gap-2">
          <legend class="sr-only">Which files</legend>
          <Button aria-pressed={kind() === undefined} class={PRESSED} onClick={() => setKind(undefined)}>
            All files ({props.dataset.files})
          </Button>
          <For each={kinds()}>
            {([name, text]) => (
              <Button aria-pressed={kind() === name} class={PRESSED} onClick={() => setKind(name)}>
                {text} ({props.dataset.previews[name]})
              </Button>
            )}
          </For>
        </fieldset>
      </Show>
      <Show when={shown()} keyed>
        {(file) => <FilePreview slug={props.dataset.slug} file={file} onClose={() => setShown(undefined)} />}
      </Show>
      <Show
        when={kind() === "image"}
        fallback={
          // Another kind is another list, from its beginning.
          <Show when={kind() ?? "all"} keyed>
            {(_) => (
              <FileTable slug={props.dataset.slug} kind={kind()} onShow={isOpen() ? setShown : undefined} />
            )}
          </Show>
        }
      >
        <ImageGrid slug={props.dataset.slug} onShow={setShown} />
      </Show>
    </div>
  );
}

const PRESSED = "aria-pressed:border-accent aria-pressed:bg-accent-wash";

const COLUMNS = [
  { name: "File" },
  { name: "Size", class: "w-24 text-right" },
  { name: "SHA-256", class: "hidden w-96 lg:table-cell" },
  { name: "Preview", class: "w-28 text-right" },
];

function FileTable(props: {
  readonly slug: string;
  readonly kind: PreviewKind | undefined;
  readonly onShow: ((file: DatasetFile) => void) | undefined;
}) {
  const files = createPages<DatasetFile>((cursor) => {
    const { query } = pageAt(cursor, FILES_A_PAGE);
    const only = props.kind === undefined ? {} : { preview: props.kind };
    return askPage(here.datasets({ slug: props.slug }).files.get({ query: { ...query, ...only } }));
  });
  return (
    <Asked of={files}>
      {(known) => (
        <VirtualTable
          caption="Files of the dataset"
          columns={COLUMNS}
          rows={known()}
          hasMore={files.hasMore()}
          onNearEnd={() => void files.more()}
        >
          {(file) => (
            <>
              <td class="font-mono text-xs" title={file.path}>
                {file.path}
              </td>
              <td class="text-right">{bytesText(file.bytes)}</td>
              <td class="hidden font-mono text-xs text-soft lg:table-cell" title={file.sha256}>
                {file.sha256}
              </td>
              <td class="text-right">
                <Show when={file.preview !== null && props.onShow}>
                  {(onShow) => (
                    <Button
                      kind="quiet"
                      aria-label={`Preview ${file.path}${file.mask === null ? "" : " with its mask"}`}
                      onClick={() => onShow()(file)}
                    >
                      {file.mask === null ? "Preview" : "+ mask"}
                    </Button>
                  )}
                </Show>
              </td>
            </>
          )}
        </VirtualTable>
      )}
    </Asked>
  );
}

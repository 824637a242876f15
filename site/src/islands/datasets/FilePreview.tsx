import type { DatasetFile } from "@medforge/contracts/datasets";
import { lazy, onMount, Show, Suspense } from "solid-js";

import { datasetFileUrl } from "../../lib/api.ts";
import { bytesText } from "../../lib/format.ts";
import { Waiting } from "../../ui/Asked.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { DatasetImage } from "./ImageGrid.tsx";

/** Fetched when the first file of the kind is opened: nobody who only reads the page pays for them. */
const VolumeView = lazy(() => import("./VolumeView.tsx"));
const TableView = lazy(() => import("./TableView.tsx"));

/** One file, as far as it can be looked at here. */
export function FilePreview(props: {
  readonly slug: string;
  readonly file: DatasetFile;
  readonly onClose: () => void;
}) {
  let place: HTMLElement | undefined;
  // Whoever pressed a button far down in a list finds what it opened.
  onMount(() => {
    place?.focus({ preventScroll: true });
    place?.scrollIntoView({ block: "nearest" });
  });
  return (
    <section ref={place} tabindex="-1" aria-label={`Preview of ${props.file.path}`}>
      <Card
        title={<span class="font-mono text-sm break-all">{props.file.path}</span>}
        side={
          <span class="flex flex-wrap gap-2">
            <ButtonLink href={datasetFileUrl(props.slug, props.file.path)} download="">
              Download ({bytesText(props.file.bytes)})
            </ButtonLink>
            <Button onClick={() => props.onClose()}>Close</Button>
          </span>
        }
      >
        <Suspense fallback={<Waiting />}>
          <Show when={props.file.preview === "volume"}>
            <VolumeView slug={props.slug} file={props.file} />
          </Show>
          <Show when={props.file.preview === "image"}>
            <DatasetImage slug={props.slug} file={props.file} class="max-h-[70vh] min-h-40 max-w-full" />
          </Show>
          <Show when={props.file.preview === "table"}>
            <TableView slug={props.slug} file={props.file} />
          </Show>
        </Suspense>
      </Card>
    </section>
  );
}

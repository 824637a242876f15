import type { DatasetFile } from "@medforge/contracts/datasets";
import { Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { ask, askPage, here, pageAt } from "../../lib/api.ts";
import { createAsked, createPages } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Markdown } from "../../ui/Markdown.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Time } from "../../ui/Time.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";

const FILES_A_PAGE = 200;

export function DatasetView() {
  const slug = nameInPath();
  const dataset = createAsked(async () => {
    await requireMe();
    return ask(here.datasets({ slug }).get());
  });
  return (
    <Asked of={dataset}>
      {(known) => (
        <div class="grid gap-6">
          <h1>{known().title}</h1>
          <Show when={known().retired_at}>
            <Notice tone="warn">Retired: new sessions do not get it any more.</Notice>
          </Show>
          <div class="grid gap-6 lg:grid-cols-[2fr_1fr]">
            <Markdown text={known().description} />
            <Card title="About it">
              <dl class="grid gap-2 text-sm [&_dt]:text-soft">
                <dt>Licence</dt>
                <dd>{known().licence}</dd>
                <dt>Source</dt>
                <dd class="break-words">{known().source}</dd>
                <dt>Size</dt>
                <dd>
                  {known().files} files, {bytesText(known().bytes)}
                </dd>
                <dt>Imported</dt>
                <dd>
                  <Time at={known().imported_at} />
                </dd>
                <dt>SHA-256 of its tree</dt>
                <dd class="font-mono text-xs break-all">{known().tree_sha256}</dd>
              </dl>
            </Card>
          </div>
          <Card title="In a session">
            <CopyLine label="the path in a session" text={known().mount_path} />
            <p class="mt-2 text-sm text-soft">Read-only, there in every session from its start.</p>
          </Card>
          <h2>Files</h2>
          <Files slug={slug} />
        </div>
      )}
    </Asked>
  );
}

const COLUMNS = [
  { name: "File" },
  { name: "Size", class: "w-28 text-right" },
  { name: "SHA-256", class: "hidden w-96 md:table-cell" },
];

function Files(props: { readonly slug: string }) {
  const files = createPages<DatasetFile>((cursor) =>
    askPage(here.datasets({ slug: props.slug }).files.get(pageAt(cursor, FILES_A_PAGE))),
  );
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
              <td class="hidden font-mono text-xs text-soft md:table-cell" title={file.sha256}>
                {file.sha256}
              </td>
            </>
          )}
        </VirtualTable>
      )}
    </Asked>
  );
}

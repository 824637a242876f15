import { Show } from "solid-js";

import { nameInPath } from "../../lib/address.ts";
import { ask, here } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { bytesText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Markdown } from "../../ui/Markdown.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Time } from "../../ui/Time.tsx";
import { Files } from "./Files.tsx";

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
          <Files dataset={known()} />
        </div>
      )}
    </Asked>
  );
}

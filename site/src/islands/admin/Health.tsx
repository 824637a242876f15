import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createAsked, createPages } from "../../lib/asked.ts";
import { Asked, AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Markdown } from "../../ui/Markdown.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { StatusFacts } from "../StatusFacts.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const LOOK_EVERY_MS = 20_000;

export function Health() {
  return (
    <AdminFrame>
      <div class="grid gap-6 lg:grid-cols-2">
        <Findings />
        <Card title="Right now">
          <StatusFacts />
        </Card>
      </div>
      <Orphans />
    </AdminFrame>
  );
}

const TONES = { ok: "good", warn: "warn", bad: "bad" } as const;
const WORDS = { ok: "ok", warn: "look", bad: "broken" } as const;

/** What doctor finds, by its codes, and what to do about it. */
function Findings() {
  const health = createAsked(() => ask(api.admin.health.get()), { everyMs: LOOK_EVERY_MS });
  return (
    <Card title="What the server works with">
      <Asked of={health}>
        {(now) => (
          <>
            <ul class="grid gap-3 text-sm">
              <For each={now().findings}>
                {(finding) => (
                  <li class="grid gap-1">
                    <span class="flex flex-wrap items-baseline gap-x-3 gap-y-1">
                      <Badge tone={TONES[finding.level]}>{WORDS[finding.level]}</Badge>
                      <span class="font-medium">{finding.name}</span>
                      <span class="min-w-0 text-soft break-words">
                        {finding.version === "" ? finding.says : `${finding.version}: ${finding.says}`}
                      </span>
                      <code class="ml-auto text-xs text-soft">{finding.code}</code>
                    </span>
                    <Show when={finding.remedy}>{(remedy) => <Markdown text={remedy()} />}</Show>
                  </li>
                )}
              </For>
            </ul>
            <p class="mt-3 text-xs text-soft">
              Looked at <Time at={now().looked_at} />. On the host, <code>./medforge doctor</code> also looks
              at what stands outside the server: Caddy, certificates, the disk and the clock.
            </p>
          </>
        )}
      </Asked>
    </Card>
  );
}

/** Containers of ours that no row knows, as after a restore of an old database: only a person may remove them. */
function Orphans() {
  const orphans = createPages((cursor) => askPage(api.admin.orphans.get(pageAt(cursor))), {
    everyMs: LOOK_EVERY_MS,
  });
  const remove = async (slug: string) => {
    await ask(api.admin.orphans({ slug }).delete());
    await orphans.again();
  };
  return (
    <Card title="Orphans">
      <AskedList of={orphans} empty="None: every container with our label has its row.">
        {(items) => (
          <Table caption="Orphans" columns={["Container", "User", "GPU", "", ""]}>
            <For each={items()}>
              {(orphan) => (
                <tr>
                  <td class="font-mono">{orphan.slug}</td>
                  <td class="font-mono text-xs">{orphan.user_id ?? "unknown"}</td>
                  <td class="font-mono text-xs">{orphan.gpu_uuid ?? "none"}</td>
                  <td>
                    <Badge tone={orphan.running ? "warn" : "plain"}>
                      {orphan.running ? "running" : "stopped"}
                    </Badge>
                  </td>
                  <td>
                    <Confirm
                      button="Remove"
                      kind="danger"
                      title={`Remove the container ${orphan.slug}?`}
                      typed={orphan.slug}
                      yes="Remove it"
                      act={() => remove(orphan.slug)}
                    >
                      It may hold somebody's running work. Its files stay in their workspace.
                    </Confirm>
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
    </Card>
  );
}

import { For, Show } from "solid-js";

import { api, ask, askPage, askReadiness, pageAt } from "../../lib/api.ts";
import { createAsked, createPages } from "../../lib/asked.ts";
import { Asked, AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Table } from "../../ui/Table.tsx";
import { StatusFacts } from "../StatusFacts.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const LOOK_EVERY_MS = 10_000;

export function Health() {
  return (
    <AdminFrame>
      <div class="grid gap-6 lg:grid-cols-2">
        <Checks />
        <Card title="Right now">
          <StatusFacts />
        </Card>
      </div>
      <Orphans />
    </AdminFrame>
  );
}

function Checks() {
  const readiness = createAsked(askReadiness, { everyMs: LOOK_EVERY_MS });
  return (
    <Card title="What sessions need">
      <Asked of={readiness}>
        {(now) => (
          <ul class="grid gap-2 text-sm">
            <For each={now().checks}>
              {(check) => (
                <li class="flex flex-wrap items-baseline gap-3">
                  <Badge tone={check.ok ? "good" : "bad"}>{check.ok ? "ok" : "broken"}</Badge>
                  <span class="font-medium">{check.name}</span>
                  <Show when={check.problem}>{(why) => <span class="text-soft">{why()}</span>}</Show>
                </li>
              )}
            </For>
          </ul>
        )}
      </Asked>
      <p class="mt-3 text-xs text-soft">
        On the host, <code>./medforge doctor</code> says more, with a coded remedy for each.
      </p>
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

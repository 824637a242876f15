import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Table } from "../../ui/Table.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const LOOK_EVERY_MS = 5_000;

export function Gpus() {
  const gpus = createPages((cursor) => askPage(api.admin.gpus.get(pageAt(cursor))), {
    everyMs: LOOK_EVERY_MS,
  });
  const enable = async (id: string, enabled: boolean) => {
    await ask(api.admin.gpus({ id }).patch({ enabled }));
    await gpus.again();
  };
  return (
    <AdminFrame>
      <AskedList of={gpus} empty="No GPU is registered: `./medforge gpu` on the host lists and adds them.">
        {(items) => (
          <Table caption="GPUs" columns={["GPU", "UUID", "State", ""]}>
            <For each={items()}>
              {(gpu) => (
                <tr>
                  <td>{gpu.name}</td>
                  <td class="font-mono text-xs">{gpu.uuid}</td>
                  <td>
                    <span class="flex flex-wrap gap-1">
                      <Badge tone={gpu.session_id === null && gpu.orphan_slug === null ? "good" : "accent"}>
                        {gpu.session_id === null && gpu.orphan_slug === null ? "free" : "in use"}
                      </Badge>
                      <Show when={!gpu.enabled}>
                        <Badge tone="warn">{gpu.session_id === null ? "disabled" : "draining"}</Badge>
                      </Show>
                      <Show when={!gpu.present}>
                        <Badge tone="bad">missing</Badge>
                      </Show>
                    </span>
                  </td>
                  <td>
                    <Confirm
                      button={gpu.enabled ? "Drain" : "Enable"}
                      title={gpu.enabled ? `Drain ${gpu.name}?` : `Enable ${gpu.name}?`}
                      yes={gpu.enabled ? "Drain it" : "Enable it"}
                      act={() => enable(gpu.id, !gpu.enabled)}
                    >
                      {gpu.enabled
                        ? "A session that uses it goes on to its end; no new one gets it."
                        : "New sessions may get it again."}
                    </Confirm>
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
    </AdminFrame>
  );
}

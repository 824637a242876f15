import type { AdminAnnouncement } from "@medforge/contracts/announcements";
import { createSignal, For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge, type Tone } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { AdminFrame } from "./AdminFrame.tsx";
import { AnnouncementForm } from "./AnnouncementForm.tsx";

const TONES: Readonly<Record<AdminAnnouncement["state"], Tone>> = {
  scheduled: "accent",
  shown: "good",
  ended: "plain",
};

export function Announcements() {
  const announcements = createPages((cursor) => askPage(api.admin.announcements.get(pageAt(cursor))));
  const [editing, setEditing] = createSignal<AdminAnnouncement>();
  const end = async (id: string) => {
    await ask(api.admin.announcements({ id }).patch({ ends_at: new Date().toISOString() }));
    await announcements.again();
  };
  const done = () => {
    setEditing(undefined);
    void announcements.again();
  };
  return (
    <AdminFrame>
      <Show when={editing()} keyed fallback={<AnnouncementForm onDone={done} />}>
        {(one) => <AnnouncementForm of={one} onDone={done} onCancel={() => setEditing(undefined)} />}
      </Show>
      <AskedList of={announcements} empty="Nothing was announced yet.">
        {(items) => (
          <Table
            caption="Announcements"
            columns={["Title", "State", "Severity", "Portals", "From", "To", ""]}
          >
            <For each={items()}>
              {(one) => (
                <tr>
                  <td>{one.title}</td>
                  <td>
                    <Badge tone={TONES[one.state]}>{one.state}</Badge>
                  </td>
                  <td>{one.severity}</td>
                  <td>{one.exposure.toLowerCase()}</td>
                  <td>
                    <Time at={one.starts_at} />
                  </td>
                  <td>
                    <Show when={one.ends_at} fallback="–">
                      {(at) => <Time at={at()} />}
                    </Show>
                  </td>
                  <td class="flex gap-2">
                    <Button onClick={() => setEditing(one)}>Edit</Button>
                    <Show when={one.state === "shown"}>
                      <Confirm
                        button="End"
                        title={`End “${one.title}”?`}
                        yes="End it"
                        act={() => end(one.id)}
                      >
                        Members do not see it any more. It stays in this list.
                      </Confirm>
                    </Show>
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

import { For } from "solid-js";

import { askPage, here, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { durationText } from "../../lib/format.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { StartSession } from "./StartSession.tsx";
import { StateBadge } from "./state.tsx";

const LIST_EVERY_MS = 5_000;

export function SessionList() {
  const sessions = createPages(
    async (cursor) => {
      await requireMe();
      return askPage(here.sessions.get(pageAt(cursor)));
    },
    { everyMs: LIST_EVERY_MS },
  );
  return (
    <div class="grid gap-6">
      <Card title="Start a session">
        <StartSession />
      </Card>
      <h2>Your sessions</h2>
      <AskedList
        of={sessions}
        empty="You have not started a session here yet. The form above starts the first one."
      >
        {(items) => (
          <Table
            caption="Your sessions"
            columns={["Session", "State", "Workspace", "GPU", "Started", "GPU time"]}
          >
            <For each={items()}>
              {(session) => (
                <tr>
                  <td>
                    <a href={`/sessions/${session.slug}/`} class="font-mono">
                      {session.slug}
                    </a>
                  </td>
                  <td>
                    <StateBadge state={session.state} />
                  </td>
                  <td>{session.workspace.name}</td>
                  <td>{session.gpu?.name ?? "–"}</td>
                  <td>
                    <Time at={session.created_at} />
                  </td>
                  <td>{durationText(session.gpu_seconds)}</td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
    </div>
  );
}

import { Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Time } from "../../ui/Time.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { isOver, StateBadge } from "../sessions/state.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const SESSIONS_A_PAGE = 200;
const COLUMNS = [
  { name: "Session", class: "w-28" },
  { name: "State", class: "w-40" },
  { name: "Portal", class: "w-24" },
  { name: "GPU", class: "w-44" },
  { name: "Started", class: "w-44" },
  { name: "Why it waits", class: "w-56" },
  { name: "", class: "w-24" },
];

export function Sessions() {
  const sessions = createPages((cursor) => askPage(api.admin.sessions.get(pageAt(cursor, SESSIONS_A_PAGE))));
  const stop = async (id: string) => {
    await ask(api.admin.sessions({ id }).stop.post());
    await sessions.again();
  };
  return (
    <AdminFrame>
      <Asked of={sessions}>
        {(known) => (
          <VirtualTable
            caption="Sessions of everybody"
            columns={COLUMNS}
            rows={known()}
            hasMore={sessions.hasMore()}
            onNearEnd={() => void sessions.more()}
          >
            {(session) => (
              <>
                <td class="font-mono" title={`user ${session.user_id}`}>
                  {session.slug}
                </td>
                <td>
                  <StateBadge state={session.state} />
                </td>
                <td>{session.exposure.toLowerCase()}</td>
                <td>{session.gpu?.name ?? "–"}</td>
                <td>
                  <Time at={session.created_at} />
                </td>
                <td title={session.last_error ?? undefined}>{session.last_error ?? session.message ?? ""}</td>
                <td>
                  <Show when={!isOver(session.state)}>
                    <Confirm
                      button="Stop"
                      kind="danger"
                      title={`Stop ${session.slug}?`}
                      yes="Stop it"
                      act={() => stop(session.id)}
                    >
                      What runs in it ends; the files stay, with a snapshot.
                    </Confirm>
                  </Show>
                </td>
              </>
            )}
          </VirtualTable>
        )}
      </Asked>
    </AdminFrame>
  );
}

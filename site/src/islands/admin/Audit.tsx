import { api, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Time } from "../../ui/Time.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const ENTRIES_A_PAGE = 200;
const COLUMNS = [
  { name: "When", class: "w-44" },
  { name: "What", class: "w-52" },
  { name: "Who", class: "w-80" },
  { name: "Of what", class: "w-80" },
  { name: "Details", class: "w-64" },
  { name: "From", class: "w-36" },
];

export function Audit() {
  const entries = createPages((cursor) => askPage(api.admin.audit.get(pageAt(cursor, ENTRIES_A_PAGE))));
  return (
    <AdminFrame>
      <Asked of={entries}>
        {(known) => (
          <VirtualTable
            caption="Audit trail"
            columns={COLUMNS}
            rows={known()}
            hasMore={entries.hasMore()}
            onNearEnd={() => void entries.more()}
          >
            {(entry) => (
              <>
                <td>
                  <Time at={entry.at} />
                </td>
                <td class="font-mono text-xs">{entry.action}</td>
                <td class="font-mono text-xs">{entry.actor_id ?? "the system"}</td>
                <td class="font-mono text-xs">{entry.target ?? ""}</td>
                <td class="font-mono text-xs" title={JSON.stringify(entry.detail)}>
                  {JSON.stringify(entry.detail)}
                </td>
                <td class="font-mono text-xs">{entry.address ?? ""}</td>
              </>
            )}
          </VirtualTable>
        )}
      </Asked>
    </AdminFrame>
  );
}

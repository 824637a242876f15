import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Time } from "../../ui/Time.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const SUBMISSIONS_A_PAGE = 200;
const COLUMNS = [
  { name: "Submitted", class: "w-44" },
  { name: "Competition", class: "w-56" },
  { name: "State", class: "w-28" },
  { name: "Score", class: "w-28" },
  { name: "Tries", class: "w-16" },
  { name: "Why it failed", class: "w-56" },
  { name: "", class: "w-36" },
];

export function Submissions() {
  const submissions = createPages((cursor) =>
    askPage(api.admin.submissions.get(pageAt(cursor, SUBMISSIONS_A_PAGE))),
  );
  const score = async (id: string) => {
    await ask(api.admin.submissions({ id }).score.post());
    await submissions.again();
  };
  return (
    <AdminFrame>
      <Asked of={submissions}>
        {(known) => (
          <VirtualTable
            caption="Submissions of everybody"
            columns={COLUMNS}
            rows={known()}
            hasMore={submissions.hasMore()}
            onNearEnd={() => void submissions.more()}
          >
            {(submission) => (
              <>
                <td>
                  <Time at={submission.created_at} />
                </td>
                <td title={submission.competition}>{submission.competition}</td>
                <td>
                  <Badge
                    tone={
                      submission.state === "failed" ? "bad" : submission.state === "scored" ? "good" : "warn"
                    }
                  >
                    {submission.state}
                  </Badge>
                </td>
                <td class="tabular-nums">{submission.score ?? "–"}</td>
                <td>{submission.attempts}</td>
                <td title={submission.error?.detail}>{submission.error?.code ?? ""}</td>
                <td>
                  <Confirm
                    button="Score again"
                    title="Score this submission again?"
                    yes="Score again"
                    act={() => score(submission.id)}
                  >
                    The earlier run is kept.
                  </Confirm>
                </td>
              </>
            )}
          </VirtualTable>
        )}
      </Asked>
    </AdminFrame>
  );
}

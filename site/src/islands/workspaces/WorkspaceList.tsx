import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { Usage } from "./Usage.tsx";

const LIST_EVERY_MS = 15_000;

export function WorkspaceList() {
  const workspaces = createPages(
    async (cursor) => {
      await requireMe();
      return askPage(api.workspaces.get(pageAt(cursor)));
    },
    { everyMs: LIST_EVERY_MS },
  );
  const form = createForm({ name: "" }, async ({ name }) => {
    await ask(api.workspaces.post({ name: name.trim() }));
    form.clear();
    await workspaces.again();
  });
  return (
    <div class="grid gap-6">
      <AskedList
        of={workspaces}
        empty="You have no workspace yet. Your first session makes one, or make one below."
      >
        {(items) => (
          <Table caption="Your workspaces" columns={["Name", "Used", "Now", "Made"]}>
            <For each={items()}>
              {(workspace) => (
                <tr>
                  <td>
                    <a href={`/workspaces/${workspace.id}/`}>{workspace.name}</a>
                  </td>
                  <td class="min-w-40">
                    <Usage workspace={workspace} />
                  </td>
                  <td>
                    <Show
                      when={workspace.operation}
                      fallback={workspace.session_id === null ? "free" : "in a session"}
                    >
                      {(operation) => <Badge tone="warn">{operation()} under way</Badge>}
                    </Show>
                  </td>
                  <td>
                    <Time at={workspace.created_at} />
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
      <Card title="Make another one">
        <Form of={form} send="Make it" kind="primary" class="max-w-md">
          <Field
            label="Name"
            hint="Letters, digits, spaces and . _ -; up to 64."
            required
            maxlength={64}
            {...form.field("name")}
          />
        </Form>
      </Card>
    </div>
  );
}

import { For, Show } from "solid-js";

import { api, ask, askPage } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

export function Logins() {
  const logins = createPages(async (cursor) => {
    await requireMe();
    return askPage(api.auth.sessions.get({ query: cursor === undefined ? {} : { cursor } }));
  });
  const revoke = async (id: string) => {
    await ask(api.auth.sessions({ id }).delete());
    await logins.again();
  };
  return (
    <Card title="Where you are logged in">
      <AskedList of={logins} empty="Nowhere.">
        {(items) => (
          <Table caption="Your logins" columns={["Device", "Address", "Last seen", ""]}>
            <For each={items()}>
              {(login) => (
                <tr>
                  <td class="max-w-xs truncate" title={login.user_agent}>
                    {login.user_agent === "" ? "unknown" : login.user_agent}
                  </td>
                  <td class="font-mono">{login.address}</td>
                  <td>
                    <Time at={login.last_seen_at} />
                  </td>
                  <td>
                    <Show when={!login.current} fallback={<Badge tone="good">this one</Badge>}>
                      <Confirm
                        button="Log out"
                        title="Log this device out?"
                        yes="Log it out"
                        act={() => revoke(login.id)}
                      >
                        {login.address}, {login.user_agent}
                      </Confirm>
                    </Show>
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

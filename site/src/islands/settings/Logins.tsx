import { For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
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
    return askPage(api.auth.sessions.get(pageAt(cursor)));
  });
  const revoke = async (id: string) => {
    await ask(api.auth.sessions({ id }).delete());
    await logins.again();
  };
  const revokeOthers = async () => {
    await ask(api.auth.sessions.delete());
    await logins.again();
  };
  return (
    <Card
      title="Where you are logged in"
      side={
        <Confirm
          button="Log out everywhere else"
          title="Log out everywhere else?"
          yes="Log out"
          act={revokeOthers}
        >
          Only this browser stays logged in.
        </Confirm>
      }
    >
      <AskedList of={logins} empty="Nowhere.">
        {(items) => (
          <Table caption="Your logins" columns={["Device", "Address", "Last seen", ""]}>
            <For each={items()}>
              {(login) => (
                <tr>
                  <td title={login.user_agent}>{login.device}</td>
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
                        {login.device}, {login.address}
                      </Confirm>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
      <details class="mt-4">
        <summary class="cursor-pointer text-sm text-soft">Every try to log in of the last 90 days</summary>
        <History />
      </details>
    </Card>
  );
}

const OUTCOMES = {
  logged_in: "logged in",
  wrong_password: "wrong password",
  disabled: "account disabled",
} as const;

function History() {
  const attempts = createPages(async (cursor) => askPage(api.auth.history.get(pageAt(cursor))));
  return (
    <div class="mt-3">
      <AskedList of={attempts} empty="None.">
        {(items) => (
          <Table caption="Tries to log in" columns={["When", "What", "Device", "Address"]}>
            <For each={items()}>
              {(attempt) => (
                <tr>
                  <td>
                    <Time at={attempt.at} />
                  </td>
                  <td>
                    <Badge tone={attempt.outcome === "logged_in" ? "plain" : "warn"}>
                      {OUTCOMES[attempt.outcome]}
                    </Badge>
                  </td>
                  <td title={attempt.user_agent}>{attempt.device}</td>
                  <td class="font-mono">{attempt.address}</td>
                </tr>
              )}
            </For>
          </Table>
        )}
      </AskedList>
    </div>
  );
}

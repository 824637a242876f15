import { type NewToken, SCOPES, type Scope } from "@medforge/contracts/tokens";
import { createSignal, For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { Checkbox } from "../../ui/Checkbox.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

const SCOPE_TEXT: Readonly<Record<Scope, string>> = {
  "sessions:read": "see sessions and workspaces",
  "sessions:write": "start, stop and change them",
  "submissions:write": "submit to competitions",
  admin: "everything an admin may do",
};

/** For programs: shown once, kept only as a hash. */
export function Tokens() {
  const tokens = createPages(async (cursor) => {
    await requireMe();
    return askPage(api.me.tokens.get(pageAt(cursor)));
  });
  const revoke = async (id: string) => {
    await ask(api.me.tokens({ id }).delete());
    await tokens.again();
  };
  return (
    <Card title="API tokens">
      <div class="grid gap-5">
        <AskedList of={tokens} empty="No token. Programs need one; you do not.">
          {(items) => (
            <Table caption="Your API tokens" columns={["Name", "May", "Last used", "Until", ""]}>
              <For each={items()}>
                {(token) => (
                  <tr>
                    <td>{token.name}</td>
                    <td class="font-mono text-xs">{token.scopes.join(", ")}</td>
                    <td>
                      <Show when={token.last_used_at} fallback="never">
                        {(at) => <Time at={at()} />}
                      </Show>
                    </td>
                    <td>
                      <Time at={token.expires_at} />
                    </td>
                    <td>
                      <Confirm
                        button="Revoke"
                        kind="danger"
                        title={`Revoke “${token.name}”?`}
                        yes="Revoke it"
                        act={() => revoke(token.id)}
                      >
                        Programs that use it are refused from now on.
                      </Confirm>
                    </td>
                  </tr>
                )}
              </For>
            </Table>
          )}
        </AskedList>
        <MakeToken onMade={() => void tokens.again()} />
      </div>
    </Card>
  );
}

function MakeToken(props: { readonly onMade: () => void }) {
  const [made, setMade] = createSignal<NewToken>();
  const first: { readonly name: string; readonly scopes: readonly Scope[] } = {
    name: "",
    scopes: ["sessions:read"],
  };
  const form = createForm(first, async ({ name, scopes }) => {
    setMade(undefined);
    setMade(await ask(api.me.tokens.post({ name: name.trim(), scopes: [...scopes] })));
    form.clear("name");
    props.onMade();
  });
  const scopes = () => form.values().scopes;
  const toggle = (scope: Scope, on: boolean) =>
    form.change({ scopes: on ? [...scopes(), scope] : scopes().filter((one) => one !== scope) });
  return (
    <Form of={form} send="Make a token" disabled={scopes().length === 0} class="max-w-md">
      <Field
        label="A new token for"
        placeholder="nightly training"
        required
        maxlength={100}
        {...form.field("name")}
      />
      <fieldset class="grid gap-1 text-sm">
        <legend class="mb-1 font-medium">It may</legend>
        <For each={SCOPES}>
          {(scope) => (
            <Checkbox checked={scopes().includes(scope)} onChange={(on) => toggle(scope, on)}>
              {SCOPE_TEXT[scope]} <span class="font-mono text-xs text-soft">{scope}</span>
            </Checkbox>
          )}
        </For>
      </fieldset>
      <Show when={made()}>
        {(token) => (
          <Notice tone="good" title="Shown only now">
            <div class="mt-2">
              <CopyLine label="the token" text={token().token} />
            </div>
          </Notice>
        )}
      </Show>
    </Form>
  );
}

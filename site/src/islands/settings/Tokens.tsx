import { type NewToken, SCOPES, type Scope } from "@medforge/contracts/tokens";
import { createSignal, For, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createAction, createPages } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { AskedList } from "../../ui/Asked.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Field } from "../../ui/Field.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";
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
  const [name, setName] = createSignal("");
  const [scopes, setScopes] = createSignal<readonly Scope[]>(["sessions:read"]);
  const [made, setMade] = createSignal<NewToken>();
  const make = createAction(async () => {
    setMade(await ask(api.me.tokens.post({ name: name().trim(), scopes: [...scopes()] })));
    setName("");
    props.onMade();
  });
  const toggle = (scope: Scope, on: boolean) =>
    setScopes((now) => (on ? [...now, scope] : now.filter((one) => one !== scope)));
  return (
    <form
      class="grid max-w-md gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void make.run();
      }}
    >
      <Field
        label="A new token for"
        placeholder="nightly training"
        required
        maxlength={100}
        value={name()}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <fieldset class="grid gap-1 text-sm">
        <legend class="mb-1 font-medium">It may</legend>
        <For each={SCOPES}>
          {(scope) => (
            <label class="flex items-center gap-2">
              <input
                type="checkbox"
                checked={scopes().includes(scope)}
                onChange={(event) => toggle(scope, event.currentTarget.checked)}
              />
              {SCOPE_TEXT[scope]} <span class="font-mono text-xs text-soft">{scope}</span>
            </label>
          )}
        </For>
      </fieldset>
      <ProblemNotice problem={make.problem()} />
      <Show when={made()}>
        {(token) => (
          <Notice tone="good" title="Shown only now">
            <div class="mt-2">
              <CopyLine label="the token" text={token().token} />
            </div>
          </Notice>
        )}
      </Show>
      <div>
        <Button type="submit" busy={make.busy()} disabled={scopes().length === 0}>
          Make a token
        </Button>
      </div>
    </form>
  );
}

import type { User, UserPatch } from "@medforge/contracts/admin";
import type { NewInvitation } from "@medforge/contracts/invitations";
import { createSignal, Show } from "solid-js";

import { api, ask, askPage, pageAt } from "../../lib/api.ts";
import { createPages } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { Checkbox } from "../../ui/Checkbox.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { CopyLine } from "../../ui/CopyLine.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { VirtualTable } from "../../ui/VirtualTable.tsx";
import { AdminFrame } from "./AdminFrame.tsx";

const USERS_A_PAGE = 200;
const COLUMNS = [
  { name: "Name", class: "w-48" },
  { name: "E-mail", class: "w-64" },
  { name: "Rights", class: "w-44" },
  { name: "Sessions at once", class: "w-32" },
  { name: "", class: "w-72" },
];

export function Users() {
  const users = createPages((cursor) => askPage(api.admin.users.get(pageAt(cursor, USERS_A_PAGE))));
  const change = async (user: User, patch: UserPatch) => {
    const changed = await ask(api.admin.users({ id: user.id }).patch(patch));
    users.set((users.data() ?? []).map((one) => (one.id === changed.id ? changed : one)));
  };
  return (
    <AdminFrame>
      <Asked of={users}>
        {(known) => (
          <VirtualTable
            caption="Users"
            columns={COLUMNS}
            rows={known()}
            hasMore={users.hasMore()}
            onNearEnd={() => void users.more()}
            rowClass={(user) => (user.disabled_at === null ? "" : "text-soft")}
          >
            {(user) => (
              <>
                <td>{user.display_name}</td>
                <td title={user.email}>{user.email}</td>
                <td>
                  <Rights user={user} />
                </td>
                <td>{user.max_concurrent_sessions}</td>
                <td>
                  <Actions user={user} change={(patch) => change(user, patch)} />
                </td>
              </>
            )}
          </VirtualTable>
        )}
      </Asked>
      <Invite />
    </AdminFrame>
  );
}

function Rights(props: { readonly user: User }) {
  return (
    <span class="flex gap-1">
      <Show when={props.user.role === "admin"}>
        <Badge tone="accent">admin</Badge>
      </Show>
      <Show when={props.user.can_use_internal}>
        <Badge tone="internal">internal</Badge>
      </Show>
      <Show when={props.user.disabled_at !== null}>
        <Badge tone="bad">disabled</Badge>
      </Show>
    </span>
  );
}

function Actions(props: { readonly user: User; readonly change: (patch: UserPatch) => Promise<void> }) {
  const disabled = () => props.user.disabled_at !== null;
  return (
    <span class="flex gap-2">
      <Confirm
        button={disabled() ? "Enable" : "Disable"}
        kind={disabled() ? "plain" : "danger"}
        title={`${disabled() ? "Enable" : "Disable"} ${props.user.display_name}?`}
        yes={disabled() ? "Enable" : "Disable"}
        act={() => props.change({ disabled: !disabled() })}
      >
        <Show
          when={disabled()}
          fallback="Logins, tokens, SSH keys and open connections end within seconds. Sessions and files stay; stop sessions under Sessions."
        >
          They can log in again, with the keys they had.
        </Show>
      </Confirm>
      <Confirm
        button={props.user.can_use_internal ? "Take internal" : "Give internal"}
        title="The internal portal"
        yes={props.user.can_use_internal ? "Take the right" : "Give the right"}
        act={() => props.change({ can_use_internal: !props.user.can_use_internal })}
      >
        {props.user.display_name} {props.user.can_use_internal ? "may no longer" : "may"} use internal
        sessions, competitions and datasets.
      </Confirm>
    </span>
  );
}

function Invite() {
  const [made, setMade] = createSignal<NewInvitation>();
  const form = createForm({ email: "", can_use_internal: false }, async ({ email, can_use_internal }) => {
    setMade(undefined);
    const named = email.trim() === "" ? {} : { email: email.trim() };
    setMade(await ask(api.admin.invitations.post({ ...named, can_use_internal })));
    form.clear("email");
  });
  return (
    <Card title="Invite somebody">
      <Form of={form} send="Make an invitation" class="max-w-md">
        <Field
          label="E-mail"
          type="email"
          hint="Left empty, whoever has the link may use it, once."
          {...form.field("email")}
        />
        <Checkbox
          checked={form.values().can_use_internal}
          onChange={(can_use_internal) => form.change({ can_use_internal })}
        >
          with the right to the internal portal
        </Checkbox>
        <Show when={made()}>
          {(invitation) => (
            <Notice tone="good" title="Give them this link; it is shown only now">
              <div class="mt-2">
                <CopyLine
                  label="the invitation"
                  text={`${location.origin}/signup/?invitation=${encodeURIComponent(invitation().invitation)}`}
                />
              </div>
            </Notice>
          )}
        </Show>
      </Form>
    </Card>
  );
}

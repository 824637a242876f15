import type { Me } from "@medforge/contracts/me";
import { Show } from "solid-js";

import { api, ask } from "../../lib/api.ts";
import { createAsked } from "../../lib/asked.ts";
import { createForm } from "../../lib/form.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Card } from "../../ui/Card.tsx";
import { Checkbox } from "../../ui/Checkbox.tsx";
import { Field } from "../../ui/Field.tsx";
import { Form } from "../../ui/Form.tsx";
import { NewPassword, passwordFault } from "../../ui/NewPassword.tsx";

export function Profile() {
  const me = createAsked(requireMe);
  return (
    <Asked of={me}>
      {(known) => (
        <div class="grid gap-6">
          <NameAndEmail me={known()} />
          <Password />
        </div>
      )}
    </Asked>
  );
}

function NameAndEmail(props: { readonly me: Me }) {
  const form = createForm(
    {
      display_name: props.me.display_name,
      handle: props.me.handle,
      listed: props.me.listed,
      email: props.me.email,
      current_password: "",
    },
    async ({ email, current_password, ...profile }) => {
      await ask(api.me.patch({ ...profile, ...(otherEmail() ? { email, current_password } : {}) }));
      form.clear("current_password");
    },
  );
  const otherEmail = () => form.values().email !== props.me.email;
  return (
    <Card title="Profile">
      <Form of={form} send="Save" kind="primary" done="Saved." class="max-w-md">
        <Field
          label="Your name"
          hint="As others see it on leaderboards."
          autocomplete="name"
          required
          maxlength={100}
          {...form.field("display_name")}
        />
        <Field
          label="Handle"
          hint={
            <>
              In the address of <a href="/profile/me/">your profile</a>: lower-case letters, digits and
              hyphens.
            </>
          }
          autocomplete="off"
          required
          minlength={3}
          maxlength={32}
          pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"
          title="Lower-case letters, digits and single hyphens; the first is a letter."
          {...form.field("handle")}
        />
        <Checkbox checked={form.values().listed} onChange={(listed) => form.change({ listed })}>
          List me in the rankings, and let other members see my profile
          <span class="block text-xs text-soft">Boards of competitions show your name either way.</span>
        </Checkbox>
        <Field label="E-mail" type="email" autocomplete="email" required {...form.field("email")} />
        <Show when={otherEmail()}>
          <Field
            label="Your password, to change the e-mail address"
            type="password"
            autocomplete="current-password"
            required
            {...form.field("current_password")}
          />
        </Show>
      </Form>
    </Card>
  );
}

function Password() {
  const form = createForm({ current_password: "", new_password: "" }, async (values) => {
    await ask(api.me.patch(values));
    form.clear();
  });
  return (
    <Card title="Password">
      <Form
        of={form}
        send="Change it"
        disabled={passwordFault(form.values().new_password) !== undefined}
        done="Changed. You are logged out everywhere else."
        class="max-w-md"
      >
        <Field
          label="The one you have"
          type="password"
          autocomplete="current-password"
          required
          {...form.field("current_password")}
        />
        <NewPassword label="A new one" {...form.field("new_password")} />
      </Form>
    </Card>
  );
}

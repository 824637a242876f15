import { createResource, Show } from "solid-js";

import { nextAddress } from "../lib/address.ts";
import { api, ask } from "../lib/api.ts";
import { createForm } from "../lib/form.ts";
import { Field } from "../ui/Field.tsx";
import { Form } from "../ui/Form.tsx";

export function SignIn() {
  const form = createForm({ email: "", password: "" }, async (values) => {
    await ask(api.auth.login.post(values));
    location.assign(nextAddress(location.search));
  });
  const [status] = createResource(() => ask(api.status.get()).catch(() => undefined));
  return (
    <Form of={form} send="Sign in" kind="primary">
      <Field
        label="E-mail"
        type="email"
        autocomplete="username"
        required
        autofocus
        {...form.field("email")}
      />
      <Field
        label="Password"
        type="password"
        autocomplete="current-password"
        required
        {...form.field("password")}
      />
      <Show when={status() !== undefined && status()?.signup !== "closed"}>
        <p class="text-sm text-soft">
          No account yet? <a href={`/signup/${location.search}`}>Sign up</a>
        </p>
      </Show>
    </Form>
  );
}

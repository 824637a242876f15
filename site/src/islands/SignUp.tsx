import { nextAddress } from "../lib/address.ts";
import { api, ask } from "../lib/api.ts";
import { createForm } from "../lib/form.ts";
import { Field } from "../ui/Field.tsx";
import { Form } from "../ui/Form.tsx";
import { NewPassword, passwordFault } from "../ui/NewPassword.tsx";

export function SignUp() {
  // An admin's link carries it; where sign-up is by invitation only, the server asks for one.
  const invitation = new URLSearchParams(location.search).get("invitation");
  const form = createForm({ display_name: "", email: "", password: "" }, async (values) => {
    await ask(api.auth.signup.post({ ...values, ...(invitation === null ? {} : { invitation }) }));
    const given = new URLSearchParams(location.search).has("next");
    location.assign(given ? nextAddress(location.search) : "/onboarding/");
  });
  return (
    <Form
      of={form}
      send="Make an account"
      kind="primary"
      disabled={passwordFault(form.values().password) !== undefined}
    >
      <Field
        label="Your name"
        hint="As others see it on leaderboards."
        autocomplete="name"
        required
        maxlength={100}
        autofocus
        {...form.field("display_name")}
      />
      <Field
        label="E-mail"
        type="email"
        autocomplete="username"
        required
        maxlength={254}
        {...form.field("email")}
      />
      <NewPassword label="Password" {...form.field("password")} />
      <p class="text-sm text-soft">
        You have an account? <a href={`/login/${location.search}`}>Sign in</a>
      </p>
    </Form>
  );
}

import { createSignal } from "solid-js";

import { api, ask } from "../lib/api.ts";
import { createAction } from "../lib/asked.ts";
import { nextPath } from "../lib/me.ts";
import { Button } from "../ui/Button.tsx";
import { Field } from "../ui/Field.tsx";
import { Refused } from "./SignIn.tsx";

/** The server's rule (`contracts/auth.ts`): 10 to 128 characters, nothing else. */
export function passwordFault(password: string): string | undefined {
  if (password.length < 10) return `${10 - password.length} more characters needed: at least 10.`;
  if (password.length > 128) return "At most 128 characters.";
  return undefined;
}

export function SignUp() {
  const [name, setName] = createSignal("");
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  // An admin's link carries it; where sign-up is by invitation only, the server asks for one.
  const invitation = new URLSearchParams(location.search).get("invitation");
  const action = createAction(async () => {
    await ask(
      api.auth.signup.post({
        email: email(),
        password: password(),
        display_name: name(),
        ...(invitation === null ? {} : { invitation }),
      }),
    );
    const given = new URLSearchParams(location.search).has("next");
    location.assign(given ? nextPath(location.search) : "/onboarding/");
  });
  return (
    <form
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <Field
        label="Your name"
        hint="As others see it on leaderboards."
        autocomplete="name"
        required
        maxlength={100}
        autofocus
        value={name()}
        fault={action.problem()?.of("display_name")}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Field
        label="E-mail"
        type="email"
        autocomplete="username"
        required
        maxlength={254}
        value={email()}
        fault={action.problem()?.of("email")}
        onInput={(event) => setEmail(event.currentTarget.value)}
      />
      <Field
        label="Password"
        type="password"
        autocomplete="new-password"
        required
        value={password()}
        hint={password() === "" ? "10 to 128 characters. A few unrelated words are fine." : undefined}
        fault={password() === "" ? undefined : passwordFault(password())}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <Refused problem={action.problem()} />
      <Button
        type="submit"
        kind="primary"
        busy={action.busy()}
        disabled={passwordFault(password()) !== undefined}
      >
        Make an account
      </Button>
      <p class="text-sm text-soft">
        You have one? <a href={`/login/${location.search}`}>Sign in</a>
      </p>
    </form>
  );
}

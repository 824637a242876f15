import { createResource, createSignal, onCleanup, Show } from "solid-js";

import { api, ask } from "../lib/api.ts";
import { createAction } from "../lib/asked.ts";
import { durationText } from "../lib/format.ts";
import { nextPath } from "../lib/me.ts";
import { Button } from "../ui/Button.tsx";
import { Field } from "../ui/Field.tsx";
import { Notice, ProblemNotice } from "../ui/Notice.tsx";

export function SignIn() {
  const [email, setEmail] = createSignal("");
  const [password, setPassword] = createSignal("");
  const action = createAction(async () => {
    await ask(api.auth.login.post({ email: email(), password: password() }));
    location.assign(nextPath(location.search));
  });
  const [status] = createResource(() => ask(api.status.get()).catch(() => undefined));
  return (
    <form
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <Field
        label="E-mail"
        type="email"
        autocomplete="username"
        required
        autofocus
        value={email()}
        onInput={(event) => setEmail(event.currentTarget.value)}
      />
      <Field
        label="Password"
        type="password"
        autocomplete="current-password"
        required
        value={password()}
        onInput={(event) => setPassword(event.currentTarget.value)}
      />
      <Refused problem={action.problem()} />
      <Button type="submit" kind="primary" busy={action.busy()}>
        Sign in
      </Button>
      <Show when={status() !== undefined && status()?.signup !== "closed"}>
        <p class="text-sm text-soft">
          No account yet? <a href={`/signup/${location.search}`}>Sign up</a>
        </p>
      </Show>
    </form>
  );
}

/** A refusal; one that ends by itself counts down to when another try makes sense. */
export function Refused(props: { readonly problem: Parameters<typeof ProblemNotice>[0]["problem"] }) {
  return (
    <Show when={props.problem} keyed>
      {(problem) => (
        <Show when={problem.retryAfterS} fallback={<ProblemNotice problem={problem} />}>
          {(seconds) => {
            const [left, setLeft] = createSignal(seconds());
            const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1_000);
            onCleanup(() => clearInterval(timer));
            return (
              <Notice tone="warn" title={problem.message}>
                <p>{left() > 0 ? `Try again in ${durationText(left())}.` : "You can try again now."}</p>
              </Notice>
            );
          }}
        </Show>
      )}
    </Show>
  );
}

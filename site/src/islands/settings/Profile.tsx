import type { Me } from "@medforge/contracts/me";
import { createSignal, Show } from "solid-js";

import { api, ask } from "../../lib/api.ts";
import { createAction, createAsked } from "../../lib/asked.ts";
import { requireMe } from "../../lib/me.ts";
import { Asked } from "../../ui/Asked.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Field } from "../../ui/Field.tsx";
import { Notice, ProblemNotice } from "../../ui/Notice.tsx";
import { passwordFault } from "../SignUp.tsx";

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
  const [name, setName] = createSignal(props.me.display_name);
  const [email, setEmail] = createSignal(props.me.email);
  const [password, setPassword] = createSignal("");
  const [saved, setSaved] = createSignal(false);
  const otherEmail = () => email() !== props.me.email;
  const action = createAction(async () => {
    setSaved(false);
    await ask(
      api.me.patch({
        display_name: name(),
        ...(otherEmail() ? { email: email(), current_password: password() } : {}),
      }),
    );
    setPassword("");
    setSaved(true);
  });
  return (
    <Card title="Profile">
      <form
        class="grid max-w-md gap-4"
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
          value={name()}
          fault={action.problem()?.of("display_name")}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Field
          label="E-mail"
          type="email"
          autocomplete="email"
          required
          value={email()}
          fault={action.problem()?.of("email")}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
        <Show when={otherEmail()}>
          <Field
            label="Your password, to change the e-mail address"
            type="password"
            autocomplete="current-password"
            required
            value={password()}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </Show>
        <ProblemNotice problem={action.problem()} />
        <Show when={saved()}>
          <Notice tone="good">Saved.</Notice>
        </Show>
        <div>
          <Button type="submit" kind="primary" busy={action.busy()}>
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Password() {
  const [old, setOld] = createSignal("");
  const [fresh, setFresh] = createSignal("");
  const [done, setDone] = createSignal(false);
  const action = createAction(async () => {
    setDone(false);
    await ask(api.me.patch({ current_password: old(), new_password: fresh() }));
    setOld("");
    setFresh("");
    setDone(true);
  });
  return (
    <Card title="Password">
      <form
        class="grid max-w-md gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <Field
          label="The one you have"
          type="password"
          autocomplete="current-password"
          required
          value={old()}
          onInput={(event) => setOld(event.currentTarget.value)}
        />
        <Field
          label="A new one"
          type="password"
          autocomplete="new-password"
          required
          value={fresh()}
          hint={fresh() === "" ? "10 to 128 characters." : undefined}
          fault={fresh() === "" ? undefined : passwordFault(fresh())}
          onInput={(event) => setFresh(event.currentTarget.value)}
        />
        <ProblemNotice problem={action.problem()} />
        <Show when={done()}>
          <Notice tone="good">Changed. You are logged out everywhere else.</Notice>
        </Show>
        <div>
          <Button type="submit" busy={action.busy()} disabled={passwordFault(fresh()) !== undefined}>
            Change it
          </Button>
        </div>
      </form>
    </Card>
  );
}

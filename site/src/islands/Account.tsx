import type { Me } from "@medforge/contracts/me";
import { CircleUser } from "lucide-solid";
import { createResource, createSignal, lazy, Match, Show, Suspense, Switch } from "solid-js";

import { whoAmI } from "../lib/me.ts";
import { ButtonLink } from "../ui/Button.tsx";

const AccountMenu = lazy(() => import("./AccountMenu.tsx"));

/** The header's corner: log in, or who is logged in and where they can go. */
export function Account() {
  // A server that does not answer is the page's to show; the corner then only offers the login.
  const [me] = createResource(() => whoAmI().catch(() => undefined));
  return (
    <Switch>
      <Match when={me.loading}>
        <span class="sr-only">Loading</span>
      </Match>
      <Match when={me()}>{(known) => <Corner me={known()} />}</Match>
      <Match when={true}>
        <ButtonLink href="/login/" kind="primary">
          Sign in
        </ButtonLink>
      </Match>
    </Switch>
  );
}

const BUTTON =
  "flex min-h-9 max-w-48 items-center gap-2 rounded-md px-2 text-sm text-soft hover:bg-sunken hover:text-ink";

/** A button that becomes a menu when somebody opens it: the menu's code comes with its first use. */
function Corner(props: { readonly me: Me }) {
  const [wanted, setWanted] = createSignal(false);
  const name = () => (
    <>
      <CircleUser size={18} aria-hidden="true" />
      <span class="truncate">{props.me.display_name}</span>
    </>
  );
  const button = () => (
    <button
      type="button"
      aria-haspopup="true"
      class={BUTTON}
      onPointerEnter={() => void AccountMenu.preload()}
      onFocus={() => void AccountMenu.preload()}
      onClick={() => setWanted(true)}
    >
      {name()}
    </button>
  );
  return (
    <Show when={wanted()} fallback={button()}>
      <Suspense fallback={button()}>
        <AccountMenu me={props.me} buttonClass={BUTTON}>
          {name()}
        </AccountMenu>
      </Suspense>
    </Show>
  );
}

import { DropdownMenu } from "@kobalte/core/dropdown-menu";
import type { Me } from "@medforge/contracts/me";
import { CircleUser } from "lucide-solid";
import { createResource, Match, Show, Switch } from "solid-js";

import { api, ask, surface } from "../lib/api.ts";
import { whoAmI } from "../lib/me.ts";
import { ADMIN_PAGE } from "../lib/pages.ts";
import { otherPortal } from "../lib/surface.ts";
import { ButtonLink } from "../ui/Button.tsx";

/** The header's corner: log in, or who is logged in and where they can go. */
export function Account() {
  // A server that does not answer is the page's to show; the corner then only offers the login.
  const [me] = createResource(() => whoAmI().catch(() => undefined));
  return (
    <Switch>
      <Match when={me.loading}>
        <span class="sr-only">Loading</span>
      </Match>
      <Match when={me()}>{(known) => <Menu me={known()} />}</Match>
      <Match when={true}>
        <ButtonLink href="/login/" kind="primary">
          Sign in
        </ButtonLink>
      </Match>
    </Switch>
  );
}

const ITEM =
  "block cursor-pointer rounded px-3 py-2 text-sm text-ink no-underline outline-none data-[highlighted]:bg-sunken hover:no-underline";

function Menu(props: { readonly me: Me }) {
  const other = () => (props.me.can_use_internal ? otherPortal(new URL(location.href)) : undefined);
  const logOut = async () => {
    await ask(api.auth.logout.post());
    location.assign("/");
  };
  const go = (href: string) => () => location.assign(href);
  return (
    <DropdownMenu>
      <DropdownMenu.Trigger class="flex min-h-9 max-w-48 items-center gap-2 rounded-md px-2 text-sm text-soft hover:bg-sunken hover:text-ink">
        <CircleUser size={18} aria-hidden="true" />
        <span class="truncate">{props.me.display_name}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content class="z-50 min-w-48 rounded-md border border-line bg-surface p-1 shadow-lg">
          <DropdownMenu.Item class={ITEM} onSelect={go("/settings/")}>
            Settings
          </DropdownMenu.Item>
          <Show when={props.me.role === "admin"}>
            <DropdownMenu.Item class={ITEM} onSelect={go(ADMIN_PAGE.href)}>
              {ADMIN_PAGE.name}
            </DropdownMenu.Item>
          </Show>
          <Show when={other()}>
            {(href) => (
              <DropdownMenu.Item class={ITEM} onSelect={go(href())}>
                {surface === "internal" ? "External portal" : "Internal portal"}
              </DropdownMenu.Item>
            )}
          </Show>
          <DropdownMenu.Separator class="my-1 border-line" />
          <DropdownMenu.Item class={ITEM} onSelect={() => void logOut()}>
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu>
  );
}

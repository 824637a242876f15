import { DropdownMenu } from "@kobalte/core/dropdown-menu";
import type { Me } from "@medforge/contracts/me";
import { type JSX, Show } from "solid-js";

import { api, ask, surface } from "../lib/api.ts";
import { createAction } from "../lib/asked.ts";
import { ADMIN_PAGE } from "../lib/pages.ts";
import { otherPortal } from "../lib/surface.ts";
import { LazyDialog } from "../ui/LazyDialog.tsx";
import { ProblemNotice } from "../ui/Notice.tsx";

const ITEM =
  "block cursor-pointer rounded px-3 py-2 text-sm text-ink no-underline outline-none data-[highlighted]:bg-sunken hover:no-underline";

/** Opened by whoever asked for it; see `Account.tsx`. */
export default function AccountMenu(props: {
  readonly me: Me;
  readonly buttonClass: string;
  readonly children: JSX.Element;
}) {
  const other = () => (props.me.can_use_internal ? otherPortal(new URL(location.href)) : undefined);
  const logOut = createAction(async () => {
    await ask(api.auth.logout.post());
    location.assign("/");
  });
  const go = (href: string) => () => location.assign(href);
  return (
    <>
      <LazyDialog
        open={logOut.problem() !== undefined}
        onOpenChange={logOut.clear}
        title="You are still signed in"
      >
        <ProblemNotice problem={logOut.problem()} again={() => void logOut.run()} />
      </LazyDialog>
      <DropdownMenu defaultOpen>
        <DropdownMenu.Trigger class={props.buttonClass}>{props.children}</DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content class="z-50 min-w-48 rounded-md border border-line bg-surface p-1 shadow-lg">
            <DropdownMenu.Item class={ITEM} onSelect={go("/profile/me/")}>
              Your profile
            </DropdownMenu.Item>
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
            <DropdownMenu.Item class={ITEM} onSelect={() => void logOut.run()}>
              Sign out
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu>
    </>
  );
}

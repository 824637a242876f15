import type { Me } from "@medforge/contracts/me";

import { api, ask } from "./api.ts";

let asked: Promise<Me | undefined> | undefined;

/** Who is logged in; asked once a page, however many islands want to know. */
export function whoAmI(): Promise<Me | undefined> {
  asked ??= ask(api.auth.visitor.get())
    .then((me) => me ?? undefined)
    .catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
  return asked;
}

/** For a page that is nobody's without a login: goes to /login and comes back. */
export async function requireMe(): Promise<Me> {
  const me = await whoAmI();
  if (me !== undefined) return me;
  location.replace(loginHref());
  // The page is being left: nothing that waits for this goes on.
  return new Promise(() => undefined);
}

/** To the login, and from there back to this page. */
export function loginHref(): string {
  return `/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** With the prefix `__Host-` the browser itself keeps such a cookie to one host, whatever its neighbours try. */
export const COOKIE_ATTRIBUTES = "HttpOnly; Secure; SameSite=Lax; Path=/";

/** 32 random bytes in base64url: what our cookies hold. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** A browser sends one; somebody who sends hundreds shall not make us look up hundreds. */
const TOKENS_MAX = 4;

/**
 * Tokens in cookies of this name, most often one: a neighbour's page may have put others there. Read by hand: Elysia's
 * own cookies turn values that look like JSON into objects, and the gate has to be done sooner than a parser begins.
 */
export function tokensIn(cookies: string | null, name: string): readonly string[] {
  if (cookies === null) return NONE;
  let at = cookies.indexOf(`${name}=`);
  if (at === -1) return NONE;
  const found: string[] = [];
  for (; at !== -1 && found.length < TOKENS_MAX; at = cookies.indexOf(`${name}=`, at + 1)) {
    // Not the end of a longer name, nor part of another cookie's value.
    if (at > 0 && !/;[ \t]*$/.test(cookies.slice(Math.max(0, at - 8), at))) continue;
    const from = at + name.length + 1;
    const to = cookies.indexOf(";", from);
    const value = cookies.slice(from, to === -1 ? cookies.length : to).trim();
    if (TOKEN.test(value) && !found.includes(value)) found.push(value);
  }
  return found;
}

const NONE: readonly string[] = [];

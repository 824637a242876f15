/** With the prefix `__Host-` the browser itself keeps such a cookie to one host, whatever its neighbours try. */
export const COOKIE_ATTRIBUTES = "HttpOnly; Secure; SameSite=Lax; Path=/";

/** 32 random bytes in base64url: what our cookies hold. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** A browser sends one; somebody who sends hundreds shall not make us look up hundreds. */
const TOKENS_MAX = 4;

/**
 * Tokens in cookies of this name, most often one: a neighbour's page may have put others there. Read by hand: Elysia's
 * own cookies turn values that look like JSON into objects.
 */
export function tokensIn(cookies: string | null, name: string): string[] {
  const found: string[] = [];
  // Most requests that have none of ours have many others.
  if (cookies === null || !cookies.includes(name)) return found;
  for (const pair of cookies.split(";")) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (TOKEN.test(value) && !found.includes(value) && found.length < TOKENS_MAX) found.push(value);
  }
  return found;
}

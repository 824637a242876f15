/**
 * The name in an address like `/competitions/<slug>/`, fit to be put into a path of the API. Slugs and ids are letters,
 * digits and hyphens; for anything else (`..%2f..`) the API is asked for the name that nothing has.
 */
export function nameInPath(pathname: string = location.pathname): string {
  const part = pathname.split("/")[2] ?? "";
  return /^[A-Za-z0-9-]+$/.test(part) ? part : "_";
}

/** Where to go after the login: an address of this portal, whole, because `/.//other.example` is a path that leads away. */
export function nextAddress(search: string, origin: string = location.origin): string {
  const wanted = new URLSearchParams(search).get("next") ?? "";
  const url = wanted.startsWith("/") ? URL.parse(wanted, origin) : null;
  return url?.origin === origin ? url.href : `${origin}/dashboard/`;
}

/** What stands for a person in addresses: `/profile/ada`. */

export const HANDLE_LENGTH_MAX = 32;
/** Lower-case letters, digits and single hyphens between them; the first is a letter. No capitals: none that only looks like another. */
export const HANDLE_PATTERN = "^(?=.{3,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/** Nobody shall be taken for the house, and no address of the portal for somebody. */
const RESERVED: ReadonlySet<string> = new Set([
  "admin",
  "administrator",
  "anonymous",
  "everyone",
  "me",
  "medforge",
  "moderator",
  "nobody",
  "official",
  "organiser",
  "organizer",
  "root",
  "security",
  "staff",
  "support",
  "system",
]);

/** A handle that nobody may choose: names of the house, and those that people have who chose none. */
export function isReservedHandle(handle: string): boolean {
  return RESERVED.has(handle) || /^(medforge|member)-/.test(handle);
}

/** The chosen one, else one that says nothing about the person. The database computes the same and keeps it unique. */
export function handleOf(user: { readonly id: string; readonly chosenHandle: string | null }): string {
  return user.chosenHandle ?? `member-${user.id.slice(-12)}`;
}

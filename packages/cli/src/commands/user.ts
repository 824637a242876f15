import { INVITATION_DAYS_MAX } from "@medforge/contracts/invitations";
import { MedforgeError } from "@medforge/core/errors";
import type { Deps } from "@medforge/server/deps";
import { changeUser, type UserChange } from "@medforge/server/modules/admin/change-user";
import { invite } from "@medforge/server/modules/auth/invitations";

import { withBook } from "../book.ts";
import { table } from "../progress.ts";
import { createUser, note, refuseOtherThanEmail } from "../users.ts";
import { type Input, subverb, UsageError, type Verb, wholeNumber } from "../verb.ts";

const PAGE = 200;

export const user: Verb = {
  name: "user",
  summary: "Makes users, invites them, gives them rights, disables them, lists them.",
  forms: [
    "create <email> [--name <name>] [--admin] [--password-stdin]",
    "invite [<email>] [--admin] [--internal] [--days <n>]",
    "promote <email> [--internal] [--sessions <n>]",
    "disable <email>",
    "enable <email>",
    "list",
  ],
  options: {
    name: { type: "string", help: "the name that others see; default: the address before the @" },
    admin: { type: "boolean", help: "create, invite: an admin" },
    days: { type: "string", help: "invite: for how long it is good; default 7" },
    "password-stdin": {
      type: "boolean",
      help: "create: reads the password from stdin instead of making one up",
    },
    internal: { type: "boolean", help: "invite, promote: the right to internal sessions, not admin" },
    sessions: { type: "string", help: "promote: how many sessions at once; not admin" },
  },
  run: (input) => subverb("user", input, { create, invite: invited, promote, disable, enable, list }),
};

async function create(input: Input): Promise<number> {
  const email = theEmail(input);
  const fromStdin = input.on("password-stdin");
  const given = fromStdin ? (await Bun.stdin.text()).replace(/\r?\n$/, "") : undefined;
  return withBook(async (deps) => {
    const password = given ?? Buffer.from(deps.randomBytes(15)).toString("base64url");
    const displayName = input.text("name") ?? email.split("@")[0] ?? email;
    const made = await createUser(deps, { email, password, displayName, admin: input.on("admin") });
    console.log(`${made.email} is a new ${made.role}.`);
    if (given === undefined) console.log(`password, shown only now: ${password}`);
    return 0;
  });
}

async function invited(input: Input): Promise<number> {
  const [email] = input.positionals;
  if (email !== undefined) refuseOtherThanEmail(email);
  const days = input.text("days");
  return withBook(async (deps) => {
    const wish = {
      email,
      role: input.on("admin") ? ("admin" as const) : ("member" as const),
      canUseInternal: input.on("internal") || input.on("admin"),
      days: days === undefined ? undefined : wholeNumber("days", days, 1, INVITATION_DAYS_MAX),
    };
    const { row, secret } = await invite(deps, wish);
    await note(deps, "admin.invitation.create", row.id, { email: row.email, role: row.role });
    console.log(
      `An invitation for ${row.email ?? "whoever has it"}, until ${new Date(row.expiresAt).toISOString()}.`,
    );
    console.log(`invitation, shown only now: ${secret}`);
    return 0;
  });
}

async function promote(input: Input): Promise<number> {
  const sessions = input.text("sessions");
  const rights = {
    ...(input.on("internal") ? { canUseInternal: true } : {}),
    ...(sessions === undefined ? {} : { maxConcurrentSessions: wholeNumber("sessions", sessions, 1, 100) }),
  };
  const set = Object.keys(rights).length > 0 ? rights : { role: "admin" as const, canUseInternal: true };
  return change(
    input,
    () => set,
    (email) => {
      const each = Object.entries(set).map(([name, value]) => `${name} ${value}`);
      return `${email}: ${each.join(", ")}`;
    },
  );
}

function disable(input: Input): Promise<number> {
  return change(
    input,
    (now) => ({ disabledAt: now }),
    (email) =>
      `${email} is disabled: no logins, no tokens, and within seconds no keys and streams in sessions that run.`,
  );
}

function enable(input: Input): Promise<number> {
  return change(
    input,
    () => ({ disabledAt: null }),
    (email) =>
      `${email} may log in again; the SSH keys are back in sessions that run. Tokens have to be made anew.`,
  );
}

/** The server, where one runs, notices by itself. */
async function change(
  input: Input,
  set: (now: number) => UserChange,
  said: (email: string) => string,
): Promise<number> {
  const email = theEmail(input);
  return withBook(async (deps) => {
    const found = await deps.db.users.byEmail(email);
    if (found === undefined)
      throw new UsageError(`There is no user ${email}; \`./medforge user list\` lists them.`);
    const wanted = set(deps.clock.now());
    const changed = await changeUser(deps, found.id, wanted).catch((error: unknown) => {
      throw error instanceof MedforgeError ? new UsageError(error.message) : error;
    });
    await note(deps, "admin.user.update", found.id, wanted);
    console.log(said(changed.email));
    return 0;
  });
}

async function list(): Promise<number> {
  return withBook(async (deps) => {
    const rows = (await everyone(deps)).map((one) => [
      one.email,
      one.role,
      one.canUseInternal ? "internal" : "",
      `${one.maxConcurrentSessions} at once`,
      one.disabledAt === null ? "" : "disabled",
    ]);
    console.log(table([["E-MAIL", "ROLE", "SURFACE", "SESSIONS", ""], ...rows]));
    return 0;
  });
}

async function everyone(deps: Deps) {
  const all = [];
  for (let after: string | undefined; ; ) {
    const page = await deps.db.users.page(after, PAGE);
    all.push(...page);
    after = page.at(-1)?.id;
    if (page.length < PAGE) return all;
  }
}

function theEmail({ positionals: [email] }: Input): string {
  if (email === undefined) throw new UsageError("Name the user's e-mail address.");
  return email;
}

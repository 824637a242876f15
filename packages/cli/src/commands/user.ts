import type { Deps } from "@medforge/server/deps";

import { withBook } from "../book.ts";
import { table } from "../progress.ts";
import { createUser, note } from "../users.ts";
import { type Input, subverb, UsageError, type Verb, wholeNumber } from "../verb.ts";

const PAGE = 200;

export const user: Verb = {
  name: "user",
  summary: "Makes users, gives them rights, lists them.",
  forms: [
    "create <email> [--name <name>] [--admin] [--password-stdin]",
    "promote <email> [--internal] [--sessions <n>]",
    "list",
  ],
  options: {
    name: { type: "string", help: "the name that others see; default: the address before the @" },
    admin: { type: "boolean", help: "create: an admin" },
    "password-stdin": {
      type: "boolean",
      help: "create: reads the password from stdin instead of making one up",
    },
    internal: { type: "boolean", help: "promote: only the right to internal sessions, not admin" },
    sessions: { type: "string", help: "promote: how many sessions at once; not admin" },
  },
  run: (input) => subverb("user", input, { create, promote, list }),
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

async function promote(input: Input): Promise<number> {
  const email = theEmail(input);
  const sessions = input.text("sessions");
  const rights = {
    ...(input.on("internal") ? { canUseInternal: true } : {}),
    ...(sessions === undefined ? {} : { maxConcurrentSessions: wholeNumber("sessions", sessions, 1, 100) }),
  };
  const set = Object.keys(rights).length > 0 ? rights : { role: "admin" as const, canUseInternal: true };
  return withBook(async (deps) => {
    const found = await deps.db.users.byEmail(email);
    if (found === undefined)
      throw new UsageError(`There is no user ${email}; \`./medforge user list\` lists them.`);
    await deps.db.users.update(found.id, set);
    await note(deps, "admin.user.update", found.id, set);
    console.log(
      `${found.email}: ${Object.entries(set)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}`,
    );
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

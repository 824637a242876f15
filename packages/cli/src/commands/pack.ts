import { PackWish } from "@medforge/contracts/packs";
import { addPack } from "@medforge/server/modules/packs/service";

import { withBook } from "../book.ts";
import { table } from "../progress.ts";
import { note } from "../users.ts";
import { type Input, subverb, UsageError, type Verb } from "../verb.ts";

const EXPOSURES = ["EXTERNAL", "INTERNAL", "BOTH"] as const;

export const pack: Verb = {
  name: "pack",
  summary: "Registers session images, lists them, takes them out of use.",
  forms: [
    "add <name> <repo@sha256:…|sha256:…> [--exposure <where>] [--description <text>]",
    "list",
    "deprecate <name>",
  ],
  options: {
    exposure: { type: "string", help: "add: external, internal or both (default)" },
    description: { type: "string", help: "add: what is in it, in a sentence" },
  },
  run: (input) => subverb("pack", input, { add, list, deprecate }),
};

async function add({ positionals: [name, image], text }: Input): Promise<number> {
  if (name === undefined || image === undefined) throw new UsageError("Name the pack and its image.");
  if (!new RegExp(PackWish.properties.name.pattern ?? "").test(name)) {
    throw new UsageError("A pack's name is up to 64 of a-z, 0-9, dot, dash and underscore.");
  }
  const exposure = EXPOSURES.find((known) => known === (text("exposure") ?? "both").toUpperCase());
  if (exposure === undefined) throw new UsageError("--exposure is external, internal or both.");
  return withBook(async (deps) => {
    const made = await addPack(deps, { name, description: text("description") ?? "", image, exposure });
    await note(deps, "admin.pack.create", made.id, { name, image, exposure });
    console.log(`${name} is registered for ${exposure.toLowerCase()} sessions.`);
    return 0;
  });
}

async function list(): Promise<number> {
  return withBook(async ({ db }) => {
    const rows = (await db.packs.all()).map((one) => [
      one.name,
      one.exposure.toLowerCase(),
      one.deprecatedAt === null ? "" : "deprecated",
      one.image,
    ]);
    console.log(table([["NAME", "SESSIONS", "", "IMAGE"], ...rows]));
    return 0;
  });
}

async function deprecate({ positionals: [name] }: Input): Promise<number> {
  if (name === undefined) throw new UsageError("Name the pack.");
  return withBook(async (deps) => {
    const found = await deps.db.packs.byName(name);
    if (found === undefined)
      throw new UsageError(`There is no pack ${name}; \`./medforge pack list\` lists them.`);
    const changed = await deps.db.packs.deprecate(found.id, deps.clock.now());
    if (changed) await note(deps, "admin.pack.deprecate", found.id, { name });
    console.log(
      `${name} takes no new sessions${changed ? "" : " (it did not before, either)"}; those that run go on.`,
    );
    return 0;
  });
}

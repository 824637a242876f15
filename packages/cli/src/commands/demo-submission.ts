import { withBook } from "../book.ts";
import { submitCommand, writeDemo } from "../competitions/demo.ts";
import { urlOf } from "../up/services.ts";
import { UsageError, type Verb } from "../verb.ts";

export const demoSubmission: Verb = {
  name: "demo-submission",
  summary: "Writes a valid submission to try, made of public data alone.",
  forms: ["<slug> [--to <file>]"],
  options: { to: { type: "string", help: "the file (default: <slug>-demo.csv or .zip in this folder)" } },
  run: async ({ positionals: [slug], text }) => {
    if (slug === undefined) throw new UsageError("Name the competition.");
    return withBook(async (deps) => {
      const { file, surface } = await writeDemo(deps, slug, { folder: process.cwd(), to: text("to") });
      console.log(`${file} is written. Submit it, with $login as \`./medforge up\` says:`);
      console.log(`  ${submitCommand(urlOf(deps.config), surface, slug, file)}`);
      return 0;
    });
  },
};

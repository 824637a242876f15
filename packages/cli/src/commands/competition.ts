import { check } from "../competitions/check.ts";
import { importCompetition } from "../competitions/import.ts";
import { list } from "../competitions/list.ts";
import { prepare } from "../competitions/prepare.ts";
import { retire } from "../competitions/retire.ts";
import { subverb, type Verb } from "../verb.ts";

export const competition: Verb = {
  name: "competition",
  summary: "Prepares, checks and imports the bundles of competitions, lists and retires what was imported.",
  forms: [
    "prepare <slug> [--from <folder>] --to <bundle> [--made-up] [--part]",
    "check <bundle>",
    "import <bundle>",
    "list",
    "retire <slug>",
  ],
  options: {
    from: { type: "string", help: "prepare: the folder of the files that you downloaded" },
    to: { type: "string", help: "prepare: the folder of the bundle; not where people can look into it" },
    "made-up": {
      type: "boolean",
      help: "prepare: made-up files in place of downloaded ones (titanic-survival)",
    },
    part: { type: "boolean", help: "prepare: takes fewer files than the source has, to try things out" },
  },
  run: (input) => subverb("competition", input, { prepare, check, import: importCompetition, list, retire }),
};

import { check } from "../competitions/check.ts";
import { exportBoard } from "../competitions/export-board.ts";
import { importCompetition } from "../competitions/import.ts";
import { list } from "../competitions/list.ts";
import { prepare } from "../competitions/prepare.ts";
import { rescore } from "../competitions/rescore.ts";
import { retire } from "../competitions/retire.ts";
import { subverb, type Verb } from "../verb.ts";

export const competition: Verb = {
  name: "competition",
  summary:
    "Prepares, checks and imports the bundles of competitions, has what was imported scored again, exports boards.",
  forms: [
    "prepare <slug> [--from <folder>] --to <bundle> [--made-up] [--part]",
    "check <bundle>",
    "import <bundle>",
    "list",
    "rescore <slug> [--submission <id>,…]",
    "export-board <slug> [--to <file>]",
    "retire <slug>",
  ],
  options: {
    from: { type: "string", help: "prepare: the folder of the files that you downloaded" },
    to: {
      type: "string",
      help: "prepare: the folder of the bundle, not where people can look into it; export-board: the file",
    },
    submission: { type: "string", help: "rescore: only these, separated by commas" },
    "made-up": {
      type: "boolean",
      help: "prepare: made-up files in place of downloaded ones (titanic-survival)",
    },
    part: { type: "boolean", help: "prepare: takes fewer files than the source has, to try things out" },
  },
  run: (input) =>
    subverb("competition", input, {
      prepare,
      check,
      import: importCompetition,
      list,
      rescore,
      "export-board": exportBoard,
      retire,
    }),
};

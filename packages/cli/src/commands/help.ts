import { nearest } from "@medforge/core/nearest";

import { table } from "../progress.ts";
import { helpText, UsageError, type Verb } from "../verb.ts";

/** `help` itself needs the list of all verbs, so it is made from it. */
export function helpVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: "help",
    summary: "Says what a verb does.",
    forms: ["[verb]"],
    options: {},
    run: async ({ positionals: [name] }) => {
      console.log(name === undefined ? overview(verbs()) : helpText(verbNamed(verbs(), name)));
      return 0;
    },
  };
}

/** @throws UsageError naming the nearest verb */
export function verbNamed(verbs: readonly Verb[], name: string): Verb {
  const found = verbs.find((verb) => verb.name === name);
  if (found) return found;
  const valid = verbs.map((verb) => verb.name);
  throw new UsageError(`${name} is not a verb of medforge; did you mean ${nearest(name, valid)}?`);
}

function overview(verbs: readonly Verb[]): string {
  const rows = verbs.map((verb) => [`  ${verb.name}`, verb.summary]);
  return `usage: ./medforge <verb> [options]\n\n${table(rows)}\n\n./medforge help <verb> says more.`;
}

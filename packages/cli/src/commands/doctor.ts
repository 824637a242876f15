import type { Finding } from "@medforge/server/doctor/finding";

import { examine } from "../doctor/examine.ts";
import { places } from "../host/places.ts";
import { table } from "../progress.ts";
import type { Verb } from "../verb.ts";

const MARK = { ok: "ok", warn: "look", bad: "BAD" } as const;

export const doctor: Verb = {
  name: "doctor",
  summary: "Looks at everything MedForge depends on, and says what is wrong and what to do about it.",
  forms: ["[--json]"],
  options: { json: { type: "boolean", help: "prints the findings as JSON" } },
  run: async (input) => {
    const findings = await examine(places());
    console.log(input.on("json") ? JSON.stringify({ findings }, null, 2) : report(findings));
    return findings.some(({ level }) => level === "bad") ? 1 : 0;
  },
};

/** A table of everything, then what to do about what is not well. */
export function report(findings: readonly Finding[]): string {
  const rows = findings.map(({ level, name, version, says }) => [MARK[level], name, version, says]);
  const remedies = findings
    .filter(({ level }) => level !== "ok")
    .map(({ code, name, says, remedy }) => `${code}  ${name}: ${says}\n  ${remedy}`);
  return [table([["", "WHAT", "VERSION", "STATE"], ...rows]), ...remedies].join("\n\n");
}

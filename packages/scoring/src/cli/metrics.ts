import { metricCatalog } from "../catalog.ts";
import type { MetricFacts } from "../metric.ts";
import { packageVersion } from "../version.ts";
import { parseCommand } from "./arguments.ts";
import { jsonText, type Terminal } from "./terminal.ts";

export const metricsUsage = "metrics [--json]";

/** Every metric with its definition. */
export function metricsCommand(args: readonly string[], terminal: Terminal): number {
  const { values } = parseCommand(args, [], { json: { type: "boolean" } });
  if (values.json === true) {
    terminal.out(jsonText({ scorer: packageVersion, metrics: metricCatalog }));
    return 0;
  }
  for (const [field, all] of Object.entries(metricCatalog)) {
    terminal.out(`${field.toUpperCase()}\n\n`);
    for (const facts of all as readonly MetricFacts[]) {
      terminal.out(`  ${facts.name} (${facts.version}, ${facts.direction}, unit ${facts.unit})\n`);
      terminal.out(`    ${facts.definition}\n    ${facts.empty}\n    ${facts.source}\n\n`);
    }
  }
  return 0;
}

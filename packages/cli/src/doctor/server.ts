import type { Readiness } from "@medforge/contracts/status";
import type { Config } from "@medforge/server/config";
import { type Asked, ask, type Finding } from "@medforge/server/doctor/finding";

import { urlOf } from "../up/services.ts";

export function serverFinding(url: string, readiness: Asked<Readiness>): Finding {
  const about = { name: "api", version: url };
  if (!("value" in readiness)) {
    const says = `does not answer: ${readiness.problem}`;
    return { ...about, code: "MF-API-1", level: "bad", says, remedy: "Start it: `./medforge up`." };
  }
  const failing = readiness.value.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  if (failing.length === 0) return { ...about, code: "MF-API-0", level: "ok", says: "ready", remedy: "" };
  const says = `answers, but is not ready: ${failing.join(", ")}`;
  return {
    ...about,
    code: "MF-API-2",
    level: "bad",
    says,
    remedy: "Mend what is red above; then it is ready.",
  };
}

export async function checkServer(config: Config): Promise<Finding[]> {
  const url = urlOf(config);
  const readiness = await ask("the API", async (): Promise<Readiness> => {
    const answer = await fetch(`${url}/readyz`);
    const body: { readonly data: Readiness } = await answer.json();
    return body.data;
  });
  return [serverFinding(url, readiness)];
}

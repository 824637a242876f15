import type { EngineFacts } from "@medforge/runtime/containers/port";

import type { Deps } from "../deps.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

/** Docker 20.10's. */
const OLDEST_API = "1.41";

export function engineFinding(facts: Asked<EngineFacts>): Finding {
  const name = "engine";
  if (!("value" in facts)) {
    return {
      code: "MF-DOCKER-1",
      name,
      version: "",
      level: "bad",
      says: `does not answer: ${facts.problem}`,
      remedy: facts.remedy ?? "Start it with `./medforge up`, or look at DOCKER_HOST.",
    };
  }
  const { kind, version, apiVersion } = facts.value;
  const about = { name, version: `${kind} ${version}, API ${apiVersion}` };
  if (kind === "docker" && olderApi(apiVersion)) {
    return {
      ...about,
      code: "MF-DOCKER-2",
      level: "bad",
      says: `speaks API ${apiVersion}, older than ${OLDEST_API}`,
      remedy: "Use Docker 20.10 or later.",
    };
  }
  return { ...about, code: "MF-DOCKER-0", level: "ok", says: "answers", remedy: "" };
}

function olderApi(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 1 || (major === 1 && minor < 41);
}

export function networksFinding(strays: Asked<readonly string[]>): Finding {
  const about = { name: "networks", version: "" };
  if (!("value" in strays)) {
    const says = `could not be listed: ${strays.problem}`;
    return { ...about, code: "MF-NET-1", level: "bad", says, remedy: strays.remedy ?? "Look at the engine." };
  }
  if (strays.value.length > 0) {
    return {
      ...about,
      code: "MF-NET-2",
      level: "warn",
      says: `left without a container: ${strays.value.join(", ")}`,
      remedy: "Wait: the running server removes them. If it does not, look at .medforge/log/api.log.",
    };
  }
  return {
    ...about,
    code: "MF-NET-0",
    level: "ok",
    says: "each has its container, or was made ahead",
    remedy: "",
  };
}

export async function checkEngine({ containers, db }: Deps): Promise<Finding[]> {
  return [
    engineFinding(await ask("the engine", () => containers.check())),
    networksFinding(
      await ask("the networks", async () => {
        const strays = await containers.strayNetworks();
        const spares = new Set((await db.spareNetworks.all()).map(({ slug }) => slug));
        return strays.filter((slug) => !spares.has(slug));
      }),
    ),
  ];
}

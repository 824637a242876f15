import { MachineError } from "@medforge/runtime/errors";
import { readConfig } from "@medforge/server/config";

import { withDeps } from "../book.ts";
import { aptCommand, aptFacts, install, missing, needs, packagesFor, refusal } from "../host/apt.ts";
import { caFile, startCaddy } from "../host/caddy.ts";
import { readPidFile, writePidFile } from "../host/daemon.ts";
import { ensureKernels } from "../host/kernels.ts";
import { type Places, places } from "../host/places.ts";
import { ensureSite } from "../host/site.ts";
import { step, table } from "../progress.ts";
import { currentConfig, ownEnvironment, saveSettings } from "../settings.ts";
import { finish, waitForEnd } from "../up/end.ts";
import { seedCompetitions } from "../up/first-competitions.ts";
import { greeting } from "../up/greeting.ts";
import { hostFacts, hostTable } from "../up/host-table.ts";
import { baseSettings, bringUpMachine, type Watched } from "../up/machine.ts";
import { obstacles, type Plan, planFor, type Wish } from "../up/plan.ts";
import { prepare } from "../up/prepare.ts";
import { portalUrl, readiness, startOwn, upPidFile, urlOf } from "../up/services.ts";
import { supervise } from "../up/supervisor.ts";
import { type Input, UsageError, type Verb, wholeNumber } from "../verb.ts";

export const up: Verb = {
  name: "up",
  summary: "Brings MedForge up on this host and keeps it running until Ctrl-C or `./medforge down`.",
  forms: ["[--install] [--runtime memory] [--port <n>] [--gpus <n>] [--device-nodes]"],
  options: {
    install: { type: "boolean", help: "installs what is missing with apt-get (root on Debian or Ubuntu)" },
    runtime: { type: "string", help: "docker (default), or memory: sessions are only pretended" },
    port: { type: "string", help: "the API's port on 127.0.0.1 (default 8600); https is two above" },
    gpus: {
      type: "string",
      help: "this many simulated GPUs (default: NVIDIA's, or 2 simulated without a driver)",
    },
    "device-nodes": { type: "boolean", help: "simulated GPUs are character devices, as real ones are" },
  },
  run: async (input) => {
    const at = places();
    const pid = readPidFile(upPidFile(at));
    if (pid !== undefined) {
      const config = currentConfig(at);
      const where = config === undefined ? "" : ` on ${portalUrl(config)}`;
      console.log(`MedForge is up already (pid ${pid})${where}; nothing was changed.`);
      return 0;
    }
    return run(at, input);
  },
};

async function run(at: Places, input: Input): Promise<number> {
  const admin = takeAdmin();
  const wish = wishFrom(input);
  const plan = await ready(at, wish, input.on("install"));
  if (plan === undefined) return 1;
  writePidFile(upPidFile(at), process.pid);
  const end = waitForEnd();
  const watched: Watched[] = [];
  try {
    const machine = await bringUpMachine(at, plan, wish);
    watched.push(...machine.watched);
    const config = readConfig(machine.settings);
    saveSettings(at, machine.settings);
    const url = urlOf(config);
    await step("compiling the scoring kernels", () => ensureKernels(at.root));
    await step("building the portal", () => ensureSite(at.root));
    const newAdmin = await withDeps(config, (deps) => prepare(at, deps, admin));
    for (const name of ["api", "worker"] as const) {
      const start = () => startOwn(at, name, machine.settings, url);
      watched.push({ service: { name, start }, daemon: await step(`starting ${name}`, start) });
    }
    if (plan.gate === "private") {
      const start = () => startCaddy(at, config);
      watched.push({ service: { name: "caddy", start }, daemon: await step("starting caddy", start) });
    }
    const supervisor = supervise(watched, (line) => console.log(`${new Date().toISOString()} ${line}`));
    for (const problem of await step("waiting until it is ready", () => readiness(url)))
      console.log(`  ${problem}`);
    for (const line of await withDeps(config, seedCompetitions)) console.log(`  ${line}`);
    console.log(
      await withDeps(config, (deps) =>
        greeting(deps, { api: url, ca: plan.gate === "private" ? caFile(at) : undefined }, newAdmin),
      ),
    );
    await end;
    supervisor.release();
    return 0;
  } finally {
    await finish(at);
  }
}

function wishFrom(input: Input): Wish {
  const environment = ownEnvironment(process.env);
  const runtime = input.text("runtime") ?? environment.MEDFORGE_RUNTIME ?? "docker";
  if (runtime !== "docker" && runtime !== "memory") {
    throw new UsageError(`--runtime is docker or memory, not ${JSON.stringify(runtime)}.`);
  }
  const number = (name: string, min: number, max: number) => {
    const text = input.text(name);
    return text === undefined ? undefined : wholeNumber(name, text, min, max);
  };
  return {
    runtime,
    port: number("port", 1, 65_533),
    gpus: number("gpus", 0, 64),
    deviceNodes: input.on("device-nodes"),
    environment,
  };
}

/** Finds out what there is, installs what may be installed, says all of it. @returns undefined when it cannot be done */
async function ready(at: Places, wish: Wish, mayInstall: boolean): Promise<Plan | undefined> {
  // A misspelt setting is found before anything is started.
  readConfig({
    DATABASE_URL: "checked later",
    ...baseSettings(at, planFor(wish, await hostFacts(at)), wish),
  });
  const apt = await aptFacts(mayInstall);
  const lacking = packagesFor(missing(needs(wish.runtime, apt)), apt);
  if (lacking.length > 0 && mayInstall) {
    const why = refusal(apt);
    if (why !== undefined)
      throw new MachineError("refused", `--install: ${why}`, aptCommand(lacking).join(" "));
    await step(`installing ${lacking.join(" ")}`, () => install(lacking));
  }
  const host = await hostFacts(at);
  const plan = planFor(wish, host);
  console.log(`${table(await hostTable(plan, host))}\n`);
  const found = obstacles(plan, host);
  for (const obstacle of found) console.log(obstacle);
  if (lacking.length > 0 && !mayInstall) {
    console.log(
      `Missing here: ${lacking.join(", ")}. \`./medforge up --install\` runs this, or run it yourself:`,
    );
    console.log(`  ${aptCommand(lacking).join(" ")}`);
  }
  return found.length === 0 ? plan : undefined;
}

/** Taken out of our environment, so that no child gets to see the password. */
function takeAdmin() {
  const { MEDFORGE_ADMIN_EMAIL: email, MEDFORGE_ADMIN_PASSWORD: password } = process.env;
  delete process.env.MEDFORGE_ADMIN_EMAIL;
  delete process.env.MEDFORGE_ADMIN_PASSWORD;
  return { email, password };
}

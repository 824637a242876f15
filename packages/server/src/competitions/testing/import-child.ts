import { openDatabase } from "@medforge/db/database";
import { systemClock } from "@medforge/runtime/deadline";

import { readConfig } from "../../config.ts";
import { createScorer } from "../../scorer/scorer.ts";
import { importBundle } from "../import.ts";

/** Imports a bundle, and kills itself at one of the moments at which it asks something of the outside. */

const [url = "", stateDir = "", bundle = "", moment = ""] = process.argv.slice(2);
let asked = 0;
let counting = false;

function watched<T extends object>(outside: T): T {
  return new Proxy(outside, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === "object" && value !== null) return watched(value);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        // Before that everything is only read.
        counting ||= name === "tryLock";
        if (counting && ++asked === Number(moment)) process.kill(process.pid, "SIGKILL");
        return value.apply(target, name === "transaction" ? given.map(withWatched) : given);
      };
    },
  });
}

function withWatched(work: unknown): unknown {
  if (typeof work !== "function") return work;
  return (tx: object) => work(watched(tx));
}

const scorer = createScorer({ processes: 1, deadlineMs: 20_000, memoryBytesMax: 2 ** 31 });
const db = openDatabase(url);
const { change } = await importBundle(
  {
    config: readConfig({
      DATABASE_URL: url,
      MEDFORGE_RUNTIME: "memory",
      MEDFORGE_STATE_DIR: stateDir,
    }),
    scorer,
    ...watched({
      db,
      clock: systemClock,
      randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    }),
  },
  bundle,
);
console.log(change);
process.exit();

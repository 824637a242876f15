import { MachineError } from "@medforge/runtime/errors";

import type { Chance } from "./chance.ts";
import type { VirtualClock } from "./clock.ts";

/** What can go wrong with a call, besides what the adapter itself refuses. */
export type Fault =
  | "fails-before"
  | "fails-after"
  | "hangs"
  | "hangs-then-happens"
  | "crashes-before"
  | "crashes-after";

const FAULTS: readonly Fault[] = [
  "fails-before",
  "fails-after",
  "hangs",
  "hangs-then-happens",
  "crashes-before",
  "crashes-after",
];

/** The process is dead: it can neither do nor learn anything more. */
export class Crashed extends Error {}

/** One life of the server's process. */
export interface Life {
  alive: boolean;
}

export interface FaultPlan {
  readonly chance: Chance;
  readonly clock: VirtualClock;
  /** How likely a call goes wrong; 0 once the story has ended. */
  rate: number;
  /** Calls that hung and will still come true, in some later moment. */
  readonly late: (() => Promise<unknown>)[];
  readonly told: (line: string) => void;
  /** Calls under way, and what is to happen for those that hang when these are over. */
  busy: number;
  readonly hung: (() => void)[];
  /** Somebody does something while a call is under way. */
  meanwhile: () => Promise<void>;
}

/**
 * The same port, but its calls may fail before or after their work, hang, come true late, or take the process down.
 * @param late what a call that hung becomes later, where that is less than the whole call
 */
export function faulty<T extends object>(
  port: T,
  name: string,
  life: Life,
  plan: FaultPlan,
  late: Partial<T> = {},
): T {
  return new Proxy(port, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      const afterwards: unknown = Reflect.get(late, property) ?? value;
      return (...args: unknown[]) =>
        disturbed(`${name}.${String(property)}`, life, plan, {
          call: () => Reflect.apply(value, target, args),
          late: async () => typeof afterwards === "function" && Reflect.apply(afterwards, target, args),
        });
    },
  });
}

interface Calls {
  readonly call: () => unknown;
  /** What still happens when the caller has stopped waiting. */
  readonly late: () => Promise<unknown>;
}

async function disturbed(what: string, life: Life, plan: FaultPlan, calls: Calls): Promise<unknown> {
  plan.busy++;
  let hung = false;
  try {
    const outcome = await attempted(what, life, plan, calls);
    hung = outcome === HUNG;
    if (!hung) return outcome;
  } finally {
    plan.busy--;
    if (plan.busy === 0) for (const advance of plan.hung.splice(0)) advance();
  }
  return hang(plan);
}

const HUNG = Symbol("hung");

async function attempted(what: string, life: Life, plan: FaultPlan, { call, late }: Calls): Promise<unknown> {
  if (!life.alive) throw new Crashed(what);
  const fault = plan.chance.next() < plan.rate ? plan.chance.pick(FAULTS) : undefined;
  if (fault !== undefined) plan.told(`${what} ${fault}`);
  if (plan.chance.next() < plan.rate / 2) await plan.meanwhile();
  switch (fault) {
    case undefined:
      return alive(await call(), what, life);
    case "fails-before":
      throw unreachable(what);
    case "fails-after":
      await call();
      throw unreachable(what);
    case "hangs":
      return HUNG;
    case "hangs-then-happens":
      plan.late.push(late);
      return HUNG;
    case "crashes-before":
      life.alive = false;
      throw new Crashed(what);
    case "crashes-after":
      await call();
      life.alive = false;
      throw new Crashed(what);
  }
}

function alive<T>(result: T, what: string, life: Life): T {
  if (!life.alive) throw new Crashed(what);
  return result;
}

/**
 * Never answers; time passes until somebody's patience ends. Not before the calls beside it are over, whose own
 * deadlines would be the first to pass.
 */
function hang(plan: FaultPlan): Promise<never> {
  // Once the caller has put its deadline on the clock, in the same turn of the event loop.
  const advance = () => void setTimeout(() => plan.clock.advanceToNextTimer(), 0);
  if (plan.busy === 0) advance();
  else plan.hung.push(advance);
  return new Promise(() => undefined);
}

function unreachable(what: string): MachineError {
  return new MachineError("unreachable", `${what}: no answer`, "Wait.");
}

/** The connection broke; for calls before their work and after it. */
export function lostConnection(): Error {
  return Object.assign(new Error("Connection lost: The server closed the connection."), {
    code: "PROTOCOL_CONNECTION_LOST",
  });
}

/**
 * The same database for a process that may die, and whose connection may break before a query or after it. A broken
 * transaction is either wholly done or wholly not.
 */
export function faultyDatabase<T extends object>(db: T, life: Life, plan: FaultPlan): T {
  return new Proxy(db, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value === "object" && value !== null) return faultyDatabase(value, life, plan);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        if (!life.alive) throw new Crashed(`db.${String(property)}`);
        // Rarer than the machine's faults: every step makes many queries.
        const roll = plan.chance.next();
        if (roll < plan.rate / 8) {
          plan.told(`db.${String(property)} is lost before`);
          throw lostConnection();
        }
        const result: unknown = await Reflect.apply(value, target, args);
        if (roll < plan.rate / 4) {
          plan.told(`db.${String(property)} is lost after`);
          throw lostConnection();
        }
        if (roll < (plan.rate * 3) / 8) {
          plan.told(`the process dies after db.${String(property)}`);
          life.alive = false;
        }
        return alive(result, String(property), life);
      };
    },
  });
}

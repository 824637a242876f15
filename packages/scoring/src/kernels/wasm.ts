import type { Engine } from "./engine.ts";

/** Nothing yet. */
export async function wasmEngine(): Promise<Engine | undefined> {
  return undefined;
}

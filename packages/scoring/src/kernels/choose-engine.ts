import { ScoringError } from "../errors.ts";
import { type Engine, plainEngine } from "./engine.ts";
import { wasmEngine } from "./wasm.ts";

/** `auto` is `wasm` where there is WebAssembly with SIMD, else `plain`. Both give the same numbers to the last bit. */
export type EngineChoice = "auto" | "wasm" | "plain";

/**
 * An engine with memory of its own; its `name` says which one it became.
 * @throws ScoringError `not_supported` if `wasm` was asked for by name and cannot be had.
 */
export async function chooseEngine(choice: EngineChoice = "auto"): Promise<Engine> {
  const wasm = choice === "plain" ? undefined : await wasmEngine();
  if (wasm === undefined && choice === "wasm") {
    throw new ScoringError("not_supported", "WebAssembly with SIMD is not available here.", {
      argument: "engine",
    });
  }
  return wasm ?? plainEngine();
}

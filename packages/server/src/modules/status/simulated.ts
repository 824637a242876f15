import type { Config } from "../../config.ts";

/** What of this is only pretended, in words; null when nothing is. Every page and answer about sessions says it. */
export function simulationNotice(
  config: Pick<Config, "runtime" | "gpus">,
  gpuUuid: string | null,
): string | null {
  if (config.runtime === "memory") {
    return "Simulated: this MedForge runs with `--runtime memory`. There is no container, no GPU and no SSH behind a session, and its files are gone when the server stops.";
  }
  const simulatedGpu = gpuUuid === null ? config.gpus.simulated !== null : gpuUuid.startsWith("SIM-");
  return simulatedGpu
    ? "The GPU is simulated: container, workspace and SSH are real, but there is no GPU in the session."
    : null;
}

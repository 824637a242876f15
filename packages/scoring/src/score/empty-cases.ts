import { factsOf } from "../catalog.ts";
import type { Manifest, MetricEntry } from "../competition.ts";
import type { Mask } from "../images/mask.ts";
import { BRATS_PENALTY_MM, bratsLesionHd95Facts } from "../metrics/brats-lesion-wise.ts";

type Extent = Pick<Mask, "shape" | "spacing">;

/** What a case counts in which neither side has anything: what the manifest's `empty_cases` says. */
export function valueOfNothing(entry: MetricEntry, manifest: Manifest, extent: Extent): number {
  if (manifest.emptyCases === "leave-out") return Number.NaN;
  if (manifest.emptyCases === "zero") return worstValue(entry, extent);
  return entry.direction === "higher-is-better" ? 1 : 0;
}

/** 0 where higher is better; for a distance the manifest's penalty, or else the diagonal of the image in mm. */
export function worstValue(entry: MetricEntry, { shape, spacing }: Extent): number {
  if (entry.direction === "higher-is-better") return 0;
  if (factsOf(entry.name)?.unit !== "mm") return 1;
  if (entry.name === bratsLesionHd95Facts.name) return BRATS_PENALTY_MM;
  const { penalty_mm: penalty } = entry.parameters;
  if (typeof penalty === "number") return penalty;
  const squares = shape.reduce((sum, length, axis) => {
    const side = length * (spacing[axis] as number);
    return sum + side * side;
  }, 0);
  return Math.sqrt(squares);
}

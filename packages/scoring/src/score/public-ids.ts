import type { Manifest } from "../competition.ts";
import { faultsError, ScoringError, within } from "../errors.ts";
import type { Mask } from "../images/mask.ts";
import type { ImageSize } from "../masks/rle.ts";
import type { ByteSource } from "../source.ts";
import type { Column } from "../tables/columns.ts";
import { readTableFile } from "./submission-table.ts";
import type { PublicIds } from "./types.ts";

/**
 * What a competition publishes about its cases, for `precheck`: from the files of its public folder.
 * @param ids `ids.csv`: the id column, with `width` and `height` in pixels for run-length masks
 * @param geometry text of `geometry.json`, by id, where the cases are NIfTI masks
 * @throws ScoringError with every fault of `ids.csv`, or `manifest_conflict` for a case without geometry
 */
export async function publicIds(manifest: Manifest, ids: ByteSource, geometry?: string): Promise<PublicIds> {
  const size: Column = { kind: "number", whole: true, min: 1, max: 100_000 };
  const isRle = manifest.task === "segmentation-rle";
  const table = await readTableFile(manifest, ids, {
    [manifest.idColumn]: { kind: "text" },
    ...(isRle && { width: size, height: size }),
  });
  if (table.faults.length > 0) throw within(faultsError(table.faults), { file: "ids.csv" });
  const cases = table.columns[manifest.idColumn] as readonly string[];
  return {
    ids: cases,
    ...(isRle && { sizes: sizesOf(table.columns) }),
    ...(geometry !== undefined && { geometry: geometryOf(geometry, cases) }),
  };
}

function sizesOf(columns: Readonly<Record<string, unknown>>): ImageSize[] {
  const [widths, heights] = [columns.width as Float64Array, columns.height as Float64Array];
  return Array.from(widths, (width, at) => ({ width, height: heights[at] as number }));
}

function geometryOf(text: string, ids: readonly string[]): Pick<Mask, "shape" | "spacing" | "affine">[] {
  const byId = JSON.parse(text) as Record<string, Pick<Mask, "shape" | "spacing" | "affine">>;
  return ids.map((id) => {
    const own = Object.hasOwn(byId, id) ? byId[id] : undefined;
    if (own === undefined)
      throw new ScoringError("manifest_conflict", "A case has no geometry.", { file: "geometry.json" });
    return own;
  });
}

import { gzip, readMask, writeNifti, writeZip } from "@medforge/scoring";
import { unzipSync } from "fflate";

/**
 * The sample's lesions, larger or smaller by so many voxels to each side within their slices.
 * @param zip masks as `<case>.nii.gz`
 * @param grow voxels; negative takes away
 */
export async function reshapedMasks(zip: Uint8Array, grow: number): Promise<Uint8Array> {
  const out: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const mask = await readMask(bytes);
    let voxels = Uint8Array.from(mask.labels);
    for (let step = 0; step < Math.abs(grow); step++) voxels = grown(voxels, mask.shape[0] ?? 1, grow > 0);
    const { shape, spacing, affine } = mask;
    out[name] = await gzip(writeNifti({ voxels, shape, spacing, affine }));
  }
  return writeZip(out);
}

/** One voxel more, or less, wherever inside and outside meet. */
function grown(labels: Uint8Array, width: number, more: boolean): Uint8Array<ArrayBuffer> {
  const next = Uint8Array.from(labels);
  for (let at = width; at < labels.length - width; at++) {
    if ((labels[at] === 0) !== more) continue;
    const beside = [labels[at - 1], labels[at + 1], labels[at - width], labels[at + width]];
    const other = beside.find((label) => (label === 0) !== more);
    if (other !== undefined) next[at] = other;
  }
  return next;
}

/**
 * The sample's table with this share of the answers turned round, always the same ones for a seed.
 * @param share of the rows, 0–1
 */
export function noisyTable(csv: string, share: number, seed: number): Uint8Array {
  const [head = "", ...rows] = csv.trimEnd().split("\n");
  const turned = rows.map((row, index) => {
    const [id = "", answer = ""] = row.split(",");
    // Knuth's multiplicative hash: spread, and the same everywhere.
    const chance = (Math.imul(index + 1 + seed * 1_000, 2_654_435_761) >>> 0) / 2 ** 32;
    return `${id},${chance < share ? 1 - Number(answer) : answer}`;
  });
  return new TextEncoder().encode(`${[head, ...turned].join("\n")}\n`);
}

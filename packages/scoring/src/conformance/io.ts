import { ScoringError } from "../errors.ts";
import { type NiftiImage, niftiValues, readNifti } from "../images/nifti.ts";
import type { Result, VectorRecord } from "./checks.ts";
import { type Outcome, part, type Suite, type VectorCase } from "./suite.ts";

export const ioSuite: Suite = {
  file: "io/cases.json",
  async check(one, { files }) {
    const bytes = await files.bytes(`io/${one.file}`);
    if (one.expectError !== undefined) return refused(one, bytes);
    const image = await readNifti(bytes);
    return {
      expected: part<VectorRecord>(one, "expected"),
      got: await imageResult(image),
      // the qform's rotation is the only thing that is computed
      tolerance: (path) => (path.startsWith("affine") ? 1e-12 : path === "sumFinite" ? 1e-12 : 0),
    };
  },
};

async function imageResult(image: NiftiImage): Promise<Result> {
  const { header } = image;
  const voxels = niftiValues(image);
  const counts = new Map<number, number>();
  for (const value of voxels) if (Number.isFinite(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const values = [...counts].sort(([a], [b]) => a - b);
  const finite = values.reduce((sum, [, count]) => sum + count, 0);
  return {
    shape: header.shape,
    storedType: header.storedType,
    bigEndian: header.bigEndian,
    spacing: header.spacing,
    affine: header.affine,
    sformCode: header.sformCode,
    qformCode: header.qformCode,
    nifti: header.nifti,
    slope: header.slope,
    inter: header.inter,
    xyztUnits: header.xyztUnits,
    voxOffset: header.voxOffset,
    values,
    nonFinite: voxels.length - finite,
    sumFinite: values.reduce((sum, [value, count]) => sum + value * count, 0),
    sha256Float64LE: await sha256(littleEndianBytes(voxels)),
  };
}

function littleEndianBytes(values: Float64Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `throw` means a typed error; the other words name what is acceptable instead of it. */
async function refused(one: VectorCase, bytes: Uint8Array): Promise<Outcome> {
  const allowed = part<string>(one, "expectError");
  let image: NiftiImage;
  try {
    image = await readNifti(bytes);
  } catch (error) {
    if (error instanceof ScoringError) return { failure: undefined, got: error.code };
    throw error;
  }
  return { failure: whyNotAccepted(allowed, image), got: await imageResult(image) };
}

function whyNotAccepted(allowed: string, { header, warnings }: NiftiImage): string | undefined {
  switch (allowed) {
    case "accept-or-throw":
      return undefined;
    case "throw-or-warn":
      return warnings.length > 0 ? undefined : "read without an error or a warning";
    case "abs-or-throw":
      return header.spacing.every((mm) => mm > 0) ? undefined : "read with a spacing that is not positive";
    case "treat-as-352-or-throw":
      return header.voxOffset === 352 ? undefined : `read with voxels at ${header.voxOffset}`;
    default:
      return "read without an error";
  }
}

/**
 * Everything that can be wrong with what a caller, an organiser or a participant hands in. The list is closed: the
 * same codes appear on the server, in the command line and in the browser, and a user interface may translate them.
 * Texts never quote a value of the holdout; they name the place instead.
 */
export const faultCodes = {
  // arguments of metrics and kernels
  bad_argument: "An option has a value outside its range.",
  empty_input: "Nothing was given to measure.",
  length_mismatch: "Two columns or arrays differ in length.",
  not_finite: "A number is NaN or infinite.",
  bad_label: "A class label is not one of the allowed whole numbers.",
  bad_probability: "A probability lies outside 0–1, or a row does not sum to 1.",
  bad_box: "A box has a size that is not positive, or a corner that is not finite.",
  bad_shape: "A shape has no axes, too many, or an axis outside its range.",
  shape_mismatch: "Two images differ in shape.",
  bad_spacing: "A voxel spacing is zero, negative or not finite.",
  spacing_mismatch: "Two images differ in voxel spacing by more than the tolerance.",
  orientation_mismatch: "Two images do not lie at the same place in the same directions.",
  bad_percentile: "A percentile lies outside 0–100.",
  bad_tolerance: "A tolerance is negative or not finite.",
  not_supported: "The input is well formed, but of a kind that is not supported.",
  too_large: "The input, or what it says it would become, is over the limit.",
  cancelled: "The work was cancelled.",
  worker_failed: "A worker stopped before it answered.",

  // gzip and NIfTI
  gzip_damaged:
    "The gzip data is cut off, followed by other bytes, or its check sum or length does not match.",
  image_truncated: "The image file ends before its voxels do.",
  image_not_nifti: "The file is not a NIfTI-1 or NIfTI-2 image.",
  image_bad_header: "A header field of the image has an impossible value.",
  image_bad_type: "The image stores voxels of a type that cannot be a mask or a map.",
  image_bad_label: "A mask holds a voxel that is not a whole number in the allowed range.",
  image_not_3d: "A mask has more than three axes longer than 1.",
  npy_damaged: "The NPY file has a bad magic number, header or length.",

  // CSV
  csv_encoding: "The table is not UTF-8 text.",
  csv_empty: "The table is empty or has a header only.",
  csv_delimiter: "The table is not separated by commas.",
  csv_quote: "A quoted field is not closed, or a quote stands inside an unquoted field.",
  csv_header_duplicate: "Two columns have the same name.",
  csv_header_missing: "A required column is missing.",
  csv_header_extra: "The table has a column that is not asked for.",
  csv_row_short: "A row has fewer fields than the header.",
  csv_row_long: "A row has more fields than the header.",
  csv_field_too_long: "A field is longer than allowed.",
  csv_too_many_columns: "The table has more columns than allowed.",
  csv_too_many_rows: "The table has more rows than allowed.",
  csv_line_break: "A line ends in a lone carriage return, or a field holds a NUL.",
  value_empty: "A value is missing.",
  value_not_number: "A value is not a plain decimal number.",
  value_out_of_range: "A number is outside the range of its column.",
  value_not_label: "A value is not one of the allowed labels.",
  value_not_box: "A box must have five values, or none.",

  // ids
  id_empty: "A row has no id.",
  id_duplicate: "An id occurs more often than allowed.",
  id_missing: "An id that must be predicted does not occur.",
  id_unknown: "An id is not one of the public ids.",

  // zip
  zip_damaged: "The zip archive is cut off, or its directory does not match its content.",
  zip_encrypted: "The zip archive is encrypted.",
  zip_too_many_entries: "The zip archive has more entries than allowed.",
  zip_too_large: "The zip archive would expand beyond the limit.",
  zip_ratio: "An entry of the zip archive expands more than is plausible.",
  zip_bad_name: "An entry of the zip archive has a name that could leave its folder or is not a plain name.",
  zip_duplicate_name: "Two entries of the zip archive have the same name, or differ by case only.",
  zip_link: "The zip archive holds a link or a special file.",
  zip_overlap: "Two entries of the zip archive share bytes.",
  zip_nested: "The zip archive holds another archive.",
  zip_method: "An entry of the zip archive is compressed by a method other than deflate.",

  // run-length masks
  rle_token: "A run-length mask holds something other than whole numbers separated by single spaces.",
  rle_odd: "A run-length mask has a start without a length.",
  rle_start: "A run starts at 0; the first pixel is 1.",
  rle_length: "A run has length 0.",
  rle_overlap: "Runs overlap or are not in ascending order.",
  rle_bounds: "A run goes past the end of the image.",

  // manifests and bundles
  manifest_not_json: "The manifest is not a JSON object.",
  manifest_missing_key: "The manifest lacks a required key.",
  manifest_unknown_key: "The manifest has a key that is not known.",
  manifest_bad_value: "A key of the manifest has a value outside its list or range.",
  manifest_conflict: "Two keys of the manifest contradict each other.",
  holdout_invalid: "The holdout does not fit its manifest.",
  holdout_changed: "The holdout is not the one whose SHA-256 the manifest pins.",
  score_not_finite: "The primary score is not a finite number.",
} as const;

export type FaultCode = keyof typeof faultCodes;

/** Where the fault lies. Rows count from 1 with the header as row 1; columns are named; all keys optional. */
export interface Where {
  readonly file?: string;
  /** 1-based; the header of a table is row 1. */
  readonly row?: number;
  readonly column?: string;
  /** Header field of an image: `dim[1]`, `datatype`. */
  readonly field?: string;
  /** Path in a manifest: `metrics[0].name`. */
  readonly path?: string;
  /** Name of a function's argument, and the index in it, from 0. */
  readonly argument?: string;
  readonly index?: number;
}

/** One fault, as reports and JSON carry it. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
  readonly where: Where;
}

/** The only error that this package throws on purpose. `faults` has at least one entry, the first one as headline. */
export class ScoringError extends Error {
  readonly code: FaultCode;
  readonly where: Where;
  readonly faults: readonly Fault[];
  /** How many were found, of which `faults` are the first. */
  readonly faultsTotal: number;

  constructor(
    code: FaultCode,
    message: string = faultCodes[code],
    where: Where = {},
    more: readonly Fault[] = [],
    faultsTotal = 1 + more.length,
  ) {
    super(`${placeText(where)}${message}`);
    this.name = "ScoringError";
    this.code = code;
    this.where = where;
    this.faults = [{ code, message, where }, ...more];
    this.faultsTotal = faultsTotal;
  }
}

/** One error that carries all the faults of a list. The list must not be empty. */
export function faultsError(faults: readonly Fault[], faultsTotal = faults.length): ScoringError {
  const [first, ...more] = faults;
  if (first === undefined) throw new RangeError("faultsError needs at least one fault.");
  return new ScoringError(first.code, first.message, first.where, more, faultsTotal);
}

export function fault(code: FaultCode, where: Where = {}, message: string = faultCodes[code]): Fault {
  return { code, message, where };
}

/** `cases.zip, a.nii.gz, row 3, column "score": `, or nothing. */
export function placeText(where: Where): string {
  const parts: string[] = [];
  if (where.file !== undefined) parts.push(where.file);
  if (where.row !== undefined) parts.push(`row ${where.row}`);
  if (where.column !== undefined) parts.push(`column "${where.column}"`);
  if (where.field !== undefined) parts.push(`header field ${where.field}`);
  if (where.path !== undefined) parts.push(where.path);
  if (where.argument !== undefined) {
    parts.push(where.index === undefined ? where.argument : `${where.argument}[${where.index}]`);
  }
  return parts.length === 0 ? "" : `${parts.join(", ")}: `;
}

/** The same faults with more of their place filled in. */
export function placed(faults: readonly Fault[], where: Where): Fault[] {
  return faults.map((one) => ({ ...one, where: { ...where, ...one.where } }));
}

/** The same error with more of its place filled in, for callers that know the file's name. */
export function within(error: unknown, where: Where): unknown {
  if (!(error instanceof ScoringError)) return error;
  return faultsError(placed(error.faults, where), error.faultsTotal);
}

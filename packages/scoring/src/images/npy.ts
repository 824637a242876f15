import { ScoringError } from "../errors.ts";
import type { Voxels } from "./nifti.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  /** True: the first axis runs fastest, as in NIfTI; false: the last one, as numpy writes by default. */
  readonly fortranOrder: boolean;
  /** In the order of the file and the machine's byte order; booleans are 0 and 1. */
  readonly values: Voxels;
}

const types = {
  b1: Uint8Array,
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  u4: Uint32Array,
  i4: Int32Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

/** The header is a Python literal; numpy writes it in this one form, and nothing else is evaluated or guessed. */
const literal =
  /^\{'descr': '([<>|=])([a-z]\d)', 'fortran_order': (True|False), 'shape': \(((?:\d{1,16}, ?)*\d{0,16}),?\), ?\} *\n?$/;

/** NPY versions 1 to 3 (numpy.lib.format), numbers and booleans only. */
export function readNpy(bytes: Uint8Array): NpyArray {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  const major = bytes[6] ?? 0;
  if (magic !== "\x93NUMPY" || major < 1 || major > 3 || bytes.length < 12) throw damaged("magic");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = major === 1 ? 10 : 12;
  const headerBytes = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > 65535 || start + headerBytes > bytes.length) throw damaged("header_len");
  const found = literal.exec(new TextDecoder("latin1").decode(bytes.subarray(start, start + headerBytes)));
  if (found === null) throw damaged("header");
  const [, order = "", name = "", fortran = "", axes = ""] = found;
  const Type = types[name as keyof typeof types];
  if (!Object.hasOwn(types, name)) throw new ScoringError("not_supported", undefined, { field: "descr" });
  const shape = axes
    .split(",")
    .filter((axis) => axis.trim() !== "")
    .map(Number);
  const width = Type.BYTES_PER_ELEMENT;
  const count = shape.reduce((product, length) => product * length, 1);
  const data = bytes.slice(start + headerBytes);
  if (data.length !== count * width) throw damaged("shape");
  if (order === ">") for (let at = 0; at < data.length; at += width) data.subarray(at, at + width).reverse();
  return { shape, fortranOrder: fortran === "True", values: new Type(data.buffer) };
}

function damaged(field: string): ScoringError {
  return new ScoringError("npy_damaged", undefined, { field });
}

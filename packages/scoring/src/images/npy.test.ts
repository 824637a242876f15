import { expect, test } from "bun:test";

import { readNpy } from "./npy.ts";

/** Bytes as numpy.lib.format 1.0 lays them out: magic, version, header length, header padded with spaces, data. */
function npy(header: string, data: Uint8Array): Uint8Array {
  const text = `${header.padEnd(117)}\n`;
  const head = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, text.length, 0];
  return new Uint8Array([...head, ...new TextEncoder().encode(text), ...data]);
}

test("an int16 array in either byte order, with its shape and its order", () => {
  const little = npy(
    "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }",
    new Uint8Array([1, 0, 254, 255]),
  );
  expect(readNpy(little)).toEqual({ shape: [2, 1], fortranOrder: false, values: new Int16Array([1, -2]) });
  const big = npy(
    "{'descr': '>i2', 'fortran_order': True, 'shape': (2,), }",
    new Uint8Array([0, 1, 255, 254]),
  );
  expect(readNpy(big)).toEqual({ shape: [2], fortranOrder: true, values: new Int16Array([1, -2]) });
});

test("objects, wrong lengths and anything that is not the one literal are refused", () => {
  const one = new Uint8Array(1);
  expect(() => readNpy(npy("{'descr': '|O8', 'fortran_order': False, 'shape': (1,), }", one))).toThrow();
  expect(() => readNpy(npy("{'descr': '|c8', 'fortran_order': False, 'shape': (1,), }", one))).toThrow();
  expect(() => readNpy(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", one))).toThrow();
  expect(() => readNpy(npy("{'descr': '|u1', 'fortran_order': f(), 'shape': (1,), }", one))).toThrow();
  expect(() => readNpy(one)).toThrow();
});

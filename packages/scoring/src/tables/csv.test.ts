import { describe, expect, test } from "bun:test";

import { IdIndex } from "./ids.ts";
import { parseNumber, parseWhole } from "./number.ts";
import { parseTable, readTable, type TableSchema } from "./table.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const number = (text: string) => parseNumber(bytes(text), 0, bytes(text).length);

describe("numbers", () => {
  test("plain decimals are read as the nearest double", () => {
    const good = [
      "0",
      "-0",
      "1",
      "-1.5",
      "0.1",
      "123456789012345678901234567890",
      "5e-324",
      "1.7976931348623157e308",
    ];
    const more = [
      "9007199254740993",
      "9007199254740991",
      "0.30000000000000004",
      "1e-05",
      "2E+3",
      "1e-400",
      "1e22",
      "1e23",
    ];
    for (const text of [...good, ...more]) expect(Object.is(number(text), Number(text))).toBe(true);
  });

  test("random doubles of every size survive being written and read", () => {
    const view = new DataView(new ArrayBuffer(8));
    let state = 12345;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    for (let round = 0; round < 20_000; round++) {
      view.setUint32(0, next());
      view.setUint32(4, next());
      const value = view.getFloat64(0);
      const short = (next() % 2_000_000) / 1000 - 500;
      if (Number.isFinite(value)) expect(number(String(value).replace("e+", "e"))).toBe(value);
      expect(number(String(short))).toBe(short);
    }
  });

  test("what Number() merely tolerates is refused", () => {
    const bad = [
      "",
      " 1",
      "1 ",
      "+1",
      ".5",
      "5.",
      "01",
      "-01",
      "00.5",
      "0x10",
      "1_0",
      "1e",
      "1e+",
      "e5",
      "NaN",
      "nan",
    ];
    const worse = [
      "inf",
      "Infinity",
      "-Infinity",
      "1e309",
      "-1e309",
      "１",
      "٣",
      "1,5",
      "1.2.3",
      "--1",
      "-",
      "1e1.5",
      "0b1",
    ];
    for (const text of [...bad, ...worse]) expect(number(text)).toBeNaN();
  });

  test("a whole number has no sign, point or leading zero", () => {
    const whole = (text: string) => parseWhole(bytes(text), 0, bytes(text).length);
    expect(["0", "7", "9007199254740991"].map(whole)).toEqual([0, 7, 9007199254740991]);
    for (const text of ["", "01", "-1", "1.0", "1e3", "9007199254740992", "99999999999999999"]) {
      expect(whole(text)).toBeNaN();
    }
  });
});

const schema: TableSchema = {
  columns: {
    id: { kind: "id", known: new IdIndex(["a", "b", "c,d", 'e"f', "gé"]) },
    score: { kind: "number", min: 0, max: 1 },
    note: { kind: "text", emptyAllowed: true },
  },
};
const codes = (text: string | Uint8Array, more: Partial<TableSchema> = {}) =>
  parseTable(typeof text === "string" ? bytes(text) : text, { ...schema, ...more }).faults.map((fault) => {
    const { row, column } = fault.where;
    return [fault.code, row, column].filter((part) => part !== undefined).join(" ");
  });

describe("tables", () => {
  const text = 'note,id,score\r\n,a,0.5\r\n"x\r\n""y""","c,d",1\r\nz,"e""f",0\r\n"",gé,1e-3';

  test("quotes, CRLF, a UTF-8 mark, columns in any order, no newline at the end", () => {
    for (const start of ["", "\ufeff"]) {
      const table = parseTable(bytes(start + text), schema);
      expect(table.faults).toEqual([]);
      expect(table.rows).toBe(4);
      expect(table.columns.id).toEqual(new Int32Array([0, 2, 3, 4]));
      expect(table.columns.score).toEqual(new Float64Array([0.5, 1, 0, 0.001]));
      expect(table.columns.note).toEqual(["", 'x\r\n"y"', "z", ""]);
    }
  });

  test("cut at any byte into two pieces, a stream gives the same table", async () => {
    const whole = parseTable(bytes(text), schema);
    const all = bytes(text);
    for (let cut = 0; cut <= all.length; cut++) {
      async function* pieces() {
        yield all.subarray(0, cut);
        yield all.subarray(cut);
      }
      expect(await readTable(pieces(), schema)).toEqual(whole);
    }
    async function* single() {
      for (const byte of all) yield new Uint8Array([byte]);
    }
    expect(await readTable(single(), schema)).toEqual(whole);
  });

  test("every fault of every row is listed with its place", () => {
    const rows = ["id,score,note", "a,2,", "zz,1,", "a,x,", ",1,", "b,,", "b,1", "b,1,,"];
    expect(codes(rows.join("\n"))).toEqual([
      "value_out_of_range 2 score",
      "id_unknown 3 id",
      "value_not_number 4 score",
      "id_empty 5 id",
      "value_empty 6 score",
      "csv_row_short 7",
      "csv_row_long 8",
    ]);
  });

  test("a whole-number column takes 1 but not 01, 1.0 or 1e0", () => {
    const labels: Partial<TableSchema> = {
      columns: { label: { kind: "number", whole: true, min: 0, max: 9 } },
    };
    expect(codes("label\n1\n01\n1.0\n1e0\n10\n", labels)).toEqual([
      "value_not_number 3 label",
      "value_not_label 4 label",
      "value_not_label 5 label",
      "value_out_of_range 6 label",
    ]);
  });

  test("what is not such a table at all is refused by name", () => {
    expect(codes("")).toEqual(["csv_empty"]);
    expect(codes("\ufeff")).toEqual(["csv_empty"]);
    expect(codes("id,score,note\n")).toEqual(["csv_empty"]);
    expect(codes("id;score;note\na;1;\n")[0]).toStartWith("csv_delimiter 1");
    expect(codes("id,score\na,1\n")).toEqual(["csv_header_missing 1 note"]);
    expect(codes("id,score,note,id\na,1,,a\n")).toEqual(["csv_header_duplicate 1 id"]);
    expect(codes("id,score,note,more\na,1,,a\n")).toEqual(["csv_header_extra 1 more"]);
    expect(codes('id,score,note\na,1,"never closed\n')).toEqual(["csv_quote 2"]);
    expect(codes('id,score,note\na,1,in"side\n')).toEqual(["csv_quote 2"]);
    expect(codes('id,score,note\na,1,"x"y\n')).toEqual(["csv_quote 2"]);
    expect(codes("id,score,note\ra,1,\r")).toEqual(["csv_line_break 1"]);
    expect(codes("id,score,note\na,1,\0\n")).toEqual(["csv_line_break 2"]);
    expect(codes(`id,score,note\na,1,${"x".repeat(200_000)}\n`)).toEqual(["csv_field_too_long 2"]);
    expect(codes(new Uint8Array([0xff, 0xfe, 0x69, 0x00]))).toEqual(["csv_encoding 1"]);
    expect(codes(new Uint8Array([0x69, 0x00, 0x64, 0x00]))).toEqual(["csv_encoding 1"]);
    expect(codes(new Uint8Array([...bytes("id,score,note\na,1,"), 0xff, 10]))).toEqual(["csv_encoding 2"]);
    expect(codes("id,score,note\n\na,1,\n")).toEqual(["csv_row_short 2", "id_empty 2 id"]);
    expect(codes("id,score,note\na,1,\n\n\r\n")).toEqual([]);
  });

  test("a quote that never closes does not make the reader keep the whole file", () => {
    const long = bytes(`id,score,note\na,1,"${"x,\n".repeat(3_000_000)}`);
    expect(codes(long)).toEqual(["csv_quote 2"]);
  });

  test("a million bad rows make a short report with the right total", () => {
    const table = parseTable(bytes(`id,score,note\n${"a,x,\n".repeat(100_000)}`), {
      ...schema,
      faultsMax: 5,
    });
    expect(table.faults.length).toBe(5);
    expect(table.faultsTotal).toBe(100_000);
  });
});

test("the id index finds what is there and nothing else, and refuses doubles", () => {
  const ids = Array.from({ length: 5000 }, (_, at) => `case-${at * 7}`);
  const index = new IdIndex(ids);
  ids.forEach((id, at) => {
    expect(index.findText(id)).toBe(at);
  });
  expect(index.findText("case-1")).toBe(-1);
  expect(() => new IdIndex(["a", "a"])).toThrow();
  expect(() => new IdIndex([""])).toThrow();
});

test("ids with one and the same hash are told apart, alone and many at a time", () => {
  // Among so many there are some pairs of one hash in 32 bits: about n² / 2³³ of them.
  const ids = Array.from({ length: 300_000 }, (_, at) => `id ${(at * 7919) % 300_000} of many`);
  const index = new IdIndex(ids);
  const read = (rows: readonly string[]) => {
    const columns = { id: { kind: "id", known: index } } as const;
    return parseTable(bytes(`id\n${rows.join("\n")}\n`), { columns }).columns.id;
  };
  const shuffled = ids.map((_, at) => (at * 104_729) % 300_000);
  expect(read(shuffled.map((at) => ids[at] as string))).toEqual(Int32Array.from(shuffled));
  expect(shuffled.every((at) => index.findText(ids[at] as string) === at)).toBe(true);
  // As many that are not known, some of them with the hash of one that is, and each of another length of the last word.
  const strangers = ids.flatMap((id) => [`${id.slice(0, -1)}`, `${id}!`]);
  expect(read(strangers)).toEqual(new Int32Array(600_000).fill(-1));
});

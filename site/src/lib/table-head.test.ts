import { expect, test } from "bun:test";

import { tableHead } from "./table-head.ts";

const head = (text: string, options: Partial<Parameters<typeof tableHead>[1]> = {}) =>
  tableHead(new TextEncoder().encode(text), { tabs: false, rowsMax: 3, isWhole: true, ...options });

test("of a table there are its names and its first rows, quotes and umlauts read as they are meant", () => {
  expect(head('id,"a ""b"""\r\n1,"x,\ny"\r\n2,ü\r\n3,c\r\n4,d')).toEqual({
    header: ["id", 'a "b"'],
    rows: [
      ["1", "x,\ny"],
      ["2", "ü"],
      ["3", "c"],
    ],
    fault: undefined,
  });
});

test("a row that is cut off at the end of what was fetched is left out", () => {
  expect(head("id\n1\n23", { isWhole: false }).rows).toEqual([["1"]]);
  expect(head("id\n1\n23").rows).toEqual([["1"], ["23"]]);
  expect(head("id\t a\n1\t2\n3\t", { tabs: true, isWhole: false }).rows).toEqual([["1", "2"]]);
  expect(head("id\t a\n1\t2\n3\t", { tabs: true })).toMatchObject({
    header: ["id", " a"],
    rows: [
      ["1", "2"],
      ["3", ""],
    ],
  });
});

test("a fault is told with its row while it is among the rows that are shown", () => {
  expect(head('id,n\n1,2\n2,x"y\n')).toMatchObject({
    rows: [["1", "2"]],
    fault: { code: "csv_quote", row: 3 },
  });
  expect(head('id\n1\n2\n3\n4\n5"6\n')).toMatchObject({
    rows: [["1"], ["2"], ["3"]],
    fault: undefined,
  });
  expect(head("")).toMatchObject({ header: [], rows: [], fault: { code: "csv_empty" } });
});

import { expect, test } from "bun:test";

import { firstDifference } from "./listing.ts";

const TABLE = `table inet medforge {
	set closed {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8,
			     127.0.0.0/8 }
	}

	chain to_host {
		ct state established,related accept
		goto refuse
	}
}
`;

test("the same table is the same, however its elements are wrapped", () => {
  expect(firstDifference(TABLE, TABLE)).toBeUndefined();
  expect(firstDifference(TABLE, TABLE.replace(/,\n\s+/, ", "))).toBeUndefined();
});

test("each difference names its place and both sides", () => {
  const altered = (from: string | RegExp, to: string) => firstDifference(TABLE, TABLE.replace(from, to));
  expect(altered("		goto refuse\n", "")).toBe("in chain to_host, `}` stands where `goto refuse` should");
  expect(altered("established,related", "new,established")).toStartWith("in chain to_host, `ct state new");
  expect(altered(/10.0.0.0.8,\n\s+/, "")).toStartWith("in set closed, `elements = { 127.0.0.0/8 }` stands");
  expect(altered("{\n", "{\n	flags dormant\n")).toStartWith("in the table, `flags dormant` stands");
  expect(altered(/\}\n$/, "}\ntable inet other {\n}\n")).toBe(
    "in the table, `table inet other {` stands where nothing should",
  );
  expect(firstDifference(TABLE, "")).toBe(
    "in the table, nothing stands where `table inet medforge {` should",
  );
});

import { expect, test } from "bun:test";

import { helpText, parseInput, subverb, UsageError, type Verb, wholeNumber } from "./verb.ts";

const verb: Verb = {
  name: "grow",
  summary: "Grows things.",
  forms: ["<what> [--port <n>]"],
  options: {
    port: { type: "string", help: "a port" },
    only: { type: "string", multiple: true, help: "some" },
    install: { type: "boolean", help: "installs" },
  },
  run: async () => 0,
};

const usage = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "";
};

test("options and words are told apart, and the last of a repeated option wins", () => {
  const input = parseInput(verb, [
    "tree",
    "--port",
    "1",
    "--port=2",
    "--only",
    "a",
    "--only",
    "b",
    "--install",
  ]);
  expect(input.positionals).toEqual(["tree"]);
  expect(input.text("port")).toBe("2");
  expect(input.all("only")).toEqual(["a", "b"]);
  expect([input.on("install"), input.on("help")]).toEqual([true, false]);
});

test("a wrong option names the nearest one, and what is missing or too much", () => {
  const table: [string[], string][] = [
    [["--prot", "1"], "--prot is not an option of `grow`; did you mean --port?"],
    [["-x"], "-x is not an option of `grow`; did you mean --port?"],
    [["--port"], "--port needs a value."],
    [["--port="], "--port needs a value."],
    [["--install=yes"], "--install takes no value."],
  ];
  for (const [argv, message] of table) expect(usage(() => parseInput(verb, argv))).toBe(message);
});

test("numbers are whole and within bounds", () => {
  expect(wholeNumber("port", "8600", 1, 65_535)).toBe(8600);
  for (const text of ["0", "65536", "1.5", "-1", "1e3", "", " 1", "x"]) {
    expect(usage(() => wholeNumber("port", text, 1, 65_535))).toContain(
      "--port is a whole number from 1 to 65535",
    );
  }
});

test("a part of a verb gets the words after its name; an unknown one names the nearest", async () => {
  const parts = { create: async (input: { positionals: readonly string[] }) => input.positionals.length };
  expect(await subverb("user", parseInput(verb, ["create", "a", "b"]), parts)).toBe(2);
  expect(subverb("user", parseInput(verb, ["crate"]), parts)).rejects.toThrow("did you mean `user create`?");
  expect(subverb("user", parseInput(verb, []), parts)).rejects.toThrow("`user` does one of these: create.");
  expect(subverb("user", parseInput(verb, ["constructor"]), parts)).rejects.toThrow(UsageError);
});

test("help shows every form and every option", () => {
  expect(helpText(verb).split("\n")).toEqual([
    "Grows things.",
    "",
    "usage: ./medforge grow <what> [--port <n>]",
    "",
    "  --port <value>  a port",
    "  --only <value>  some",
    "  --install       installs",
    "  --help          says this",
  ]);
});

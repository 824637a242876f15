import { expect, test } from "bun:test";

import { Value } from "@sinclair/typebox/value";

import { Email } from "./auth.ts";
import { Answer, Page } from "./envelope.ts";
import { Exactly, Id, Instant, Text } from "./fields.ts";
import { SnapshotName, WorkspaceName } from "./workspaces.ts";

test("text that people read has no control characters, and no space at its ends", () => {
  for (const good of ["Ada", "Änne 🧠", "a b", "李"]) expect(Value.Check(Text(20), good)).toBe(true);
  for (const bad of ["", " a", "a ", "a\nb", "a\u0000", "\u007f", "a\u2028b", "x".repeat(21)]) {
    expect(`${JSON.stringify(bad)} ${Value.Check(Text(20), bad)}`).toBe(`${JSON.stringify(bad)} false`);
  }
});

test("an e-mail address is ASCII and has one @", () => {
  for (const good of ["ada@example.org", "a.b+c@x-y.example", "admin@localhost"])
    expect(Value.Check(Email, good)).toBe(true);
  for (const bad of [
    "ada",
    "@x",
    "a@",
    "a b@x",
    "a@x@y",
    "ä@x.org",
    "a@x..y",
    "a@x.",
    `${"a".repeat(65)}@x`,
  ]) {
    expect(`${bad} ${Value.Check(Email, bad)}`).toBe(`${bad} false`);
  }
});

test("names of workspaces and snapshots cannot be paths, options or other names in disguise", () => {
  for (const good of ["main", "My thesis v1.0", "a"]) expect(Value.Check(WorkspaceName, good)).toBe(true);
  for (const bad of ["", "-a", "a ", ".a", "a/b", "a\nb", "x".repeat(65)])
    expect(Value.Check(WorkspaceName, bad)).toBe(false);
  for (const good of ["stop-1760000000000", "v1.0_final-2"])
    expect(Value.Check(SnapshotName, good)).toBe(true);
  for (const bad of ["", "-a", "A", "a@b", "a/b", "a b", "x".repeat(64)])
    expect(Value.Check(SnapshotName, bad)).toBe(false);
});

test("ids and moments have one form each", () => {
  expect(Value.Check(Id, "01890a5d-ac96-774b-bcce-b302099a8057")).toBe(true);
  expect(Value.Check(Id, "01890A5D-AC96-774B-BCCE-B302099A8057")).toBe(false);
  expect(Value.Check(Instant, new Date(0).toISOString())).toBe(true);
  expect(Value.Check(Instant, "1970-01-01T00:00:00Z")).toBe(false);
});

test("what is not named is refused, in the envelope too", () => {
  const Thing = Exactly({ id: Id });
  const meta = { request_id: "r", api_version: "2", timestamp: new Date(0).toISOString() };
  const id = "01890a5d-ac96-774b-bcce-b302099a8057";
  expect(Value.Check(Answer(Thing), { data: { id }, meta })).toBe(true);
  expect(Value.Check(Answer(Thing), { data: { id, secret: 1 }, meta })).toBe(false);
  expect(Value.Check(Answer(Thing), { data: { id }, meta, extra: 1 })).toBe(false);
  const paged = { ...meta, limit: 50, next_cursor: null, has_more: false };
  expect(Value.Check(Page(Thing), { data: [{ id }], meta: paged })).toBe(true);
  expect(Value.Check(Page(Thing), { data: [{ id }], meta })).toBe(false);
});

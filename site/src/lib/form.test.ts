import { expect, test } from "bun:test";

import { createForm } from "./form.ts";
import { ApiProblem } from "./problem.ts";

const REFUSED = new ApiProblem({
  status: 422,
  code: "invalid_request",
  title: "Invalid request",
  detail: "Mend the named fields.",
  errors: [{ path: "email", code: "invalid", message: "is no address" }],
});

test("what is typed is what is sent, under the server's names, and clear empties only what is named", async () => {
  const seen: unknown[] = [];
  const form = createForm({ email: "", password: "", internal: true }, async (values) => {
    seen.push(values);
    form.clear("password");
  });
  form.field("email").onInput({ currentTarget: { value: "ada@example.org" } });
  form.field("password").onInput({ currentTarget: { value: "secret" } });
  form.change({ internal: false });
  await form.send();
  expect(seen).toEqual([{ email: "ada@example.org", password: "secret", internal: false }]);
  expect(form.values()).toEqual({ email: "ada@example.org", password: "", internal: false });
  form.clear();
  expect(form.values()).toEqual({ email: "", password: "", internal: true });
});

test("a refusal stands at its field, is no field's that is not shown, and goes with the next try", async () => {
  let refuses = true;
  const form = createForm({ email: "x", name: "" }, async () => {
    if (refuses) throw REFUSED;
  });
  const email = form.field("email");
  await form.send();
  expect(email.fault).toBe("is no address");
  expect([form.isAtField("email"), form.isAtField("name")]).toEqual([true, false]);
  expect([form.problem(), form.sent(), form.busy()]).toEqual([REFUSED, false, false]);
  refuses = false;
  await form.send();
  expect([email.fault, form.problem(), form.sent()]).toEqual([undefined, undefined, true]);
});

test("what was sent is said until something changes, also when sending cleared a field", async () => {
  const form = createForm({ name: "a" }, async () => {
    form.clear();
  });
  await form.send();
  expect(form.sent()).toBe(true);
  form.change({ name: "b" });
  expect(form.sent()).toBe(false);
});

test("one at a time: what is sent twice in a row is sent once", async () => {
  const answered = Promise.withResolvers<void>();
  let sent = 0;
  const form = createForm({}, () => {
    sent += 1;
    return answered.promise;
  });
  const first = form.send();
  await form.send();
  expect([sent, form.busy()]).toEqual([1, true]);
  answered.resolve();
  await first;
  expect([sent, form.busy(), form.sent()]).toEqual([1, false, true]);
});

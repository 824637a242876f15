import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, PASSWORD, testHouse } from "../../testing.ts";

const DAY_MS = 86_400_000;
const INVITATIONS = "/api/v2/admin/invitations";

describe.if(databaseNamed)("signing up by invitation", () => {
  let house: House;
  let open: House;
  let admin: { id: string; cookie: string };
  beforeAll(async () => {
    open = await testHouse();
    admin = await open.signup({ admin: true });
    house = await testHouse({ db: open.db, environment: { MEDFORGE_SIGNUP: "invited" } });
  });
  afterAll(() => open.close());

  let people = 0;
  const newEmail = () => `guest${++people}@example.org`;
  const signup = (at: House, email: string, invitation?: string) =>
    at.request("POST", "/api/v2/auth/signup", {
      body: {
        email,
        password: PASSWORD,
        display_name: "Guest",
        ...(invitation === undefined ? {} : { invitation }),
      },
    });
  async function invited(wish: object = {}) {
    const made = await house.request("POST", INVITATIONS, { cookie: admin.cookie, body: wish });
    expect(made.status).toBe(201);
    return made.body.data as { id: string; invitation: string };
  }

  test("needs one, works once, and gives its role and right", async () => {
    expect((await signup(house, newEmail())).body).toMatchObject({ status: 403, code: "forbidden" });
    const { id, invitation } = await invited({ role: "admin", can_use_internal: true });
    const email = newEmail();
    const made = await signup(house, email, invitation);
    expect(made.body.data).toMatchObject({ role: "admin", can_use_internal: true });
    expect((await signup(house, newEmail(), invitation)).status).toBe(403);
    const listed = await house.request("GET", INVITATIONS, { cookie: admin.cookie });
    const one = (listed.body.data as { id: string }[]).find((each) => each.id === id);
    expect(one).toMatchObject({ used_by: (made.body.data as { id: string }).id, created_by: admin.id });
    expect(listed.text).not.toContain(invitation);
    expect(invitation).toMatch(/^mfi_[A-Za-z0-9_-]{43}$/);
  });

  test("used by many at once, lets one in", async () => {
    const { invitation } = await invited();
    const answers = await Promise.all(Array.from({ length: 8 }, () => signup(house, newEmail(), invitation)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(403)]);
  });

  test("is not used up by an address that is taken", async () => {
    const { invitation } = await invited();
    const taken = newEmail();
    await signup(open, taken);
    expect((await signup(house, taken, invitation)).body.code).toBe("email_taken");
    expect((await signup(house, newEmail(), invitation)).status).toBe(201);
  });

  test("is for the address that it names, in any case of its letters", async () => {
    const email = newEmail();
    const { invitation } = await invited({ email: email.toUpperCase() });
    expect((await signup(house, newEmail(), invitation)).status).toBe(403);
    expect((await signup(house, email, invitation)).status).toBe(201);
  });

  test("ends after its days, or when an admin takes it back", async () => {
    const old = await invited({ expires_in_days: 1 });
    house.clock.advance(DAY_MS);
    expect((await signup(house, newEmail(), old.invitation)).status).toBe(403);
    house.clock.advance(-DAY_MS);
    const { id, invitation } = await invited();
    const remove = () => house.request("DELETE", `${INVITATIONS}/${id}`, { cookie: admin.cookie });
    expect((await remove()).status).toBe(200);
    expect((await remove()).status).toBe(404);
    expect((await signup(house, newEmail(), invitation)).status).toBe(403);
  });

  test("may give more where sign-up is open, and nothing where it is closed", async () => {
    const { invitation } = await invited({ can_use_internal: true });
    expect((await signup(open, newEmail(), "mfi_wrong")).status).toBe(403);
    const closed = await testHouse({ db: open.db, environment: { MEDFORGE_SIGNUP: "closed" } });
    expect((await signup(closed, newEmail(), invitation)).status).toBe(403);
    expect((await signup(open, newEmail(), invitation)).body.data).toMatchObject({ can_use_internal: true });
  });
});

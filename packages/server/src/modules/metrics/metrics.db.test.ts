import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { addCompetition, addSubmission, addUser, newId } from "@medforge/db/testing-competitions";

import { type House, testHouse } from "../../testing.ts";
import { metricsApp } from "./index.ts";

describe.if(databaseNamed)("metrics", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 2 });
  });
  afterAll(() => house.close());

  const scrape = async () => {
    const response = await metricsApp(house.deps).handle(new Request("http://127.0.0.1:8601/metrics"));
    return { type: response.headers.get("content-type"), text: await response.text() };
  };

  test("count sessions, GPUs, the queue and requests", async () => {
    const { cookie } = await house.signup();
    await house.request("POST", "/api/v2/external/sessions", { cookie, body: {} });
    await Bun.sleep(5);
    const { type, text } = await scrape();
    expect(type).toStartWith("text/plain");
    for (const line of [
      'medforge_sessions{state="STARTING"} 1',
      'medforge_sessions{state="RUNNING"} 0',
      'medforge_gpus{state="busy"} 1',
      'medforge_gpus{state="free"} 1',
      "medforge_queue_length 0",
      "medforge_database_up 1",
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).toMatch(
      /medforge_http_request_seconds_count\{method="POST",route="\/api\/v2\/external\/sessions",status="201"\} \d/,
    );
    expect(text).toContain("medforge_reconcile_seconds");
  });

  test("count what waits for a score, and the age of the workers' last sign of life", async () => {
    expect((await scrape()).text).not.toMatch(/^medforge_worker_seen_seconds/m);
    const now = house.clock.now();
    const competition = await addCompetition(house.db);
    const userId = await addUser(house.db);
    for (const at of [now - 90_000, now - 30_000]) await addSubmission(house.db, competition, { userId, at });
    await house.db.workers.seen({ id: newId(), name: "gone", seenAt: now - 60_000 });
    await house.db.workers.seen({ id: newId(), name: "here", seenAt: now - 5_000 });
    const { text } = await scrape();
    for (const line of [
      'medforge_scoring_runs{state="queued"} 2',
      'medforge_scoring_runs{state="scoring"} 0',
      "medforge_scoring_oldest_seconds 90",
      "medforge_workers 1",
      "medforge_worker_seen_seconds 5",
    ])
      expect(text).toContain(`${line}\n`);
    const { body } = await house.request("GET", "/api/v2/status");
    const worker_seen_at = new Date(now - 5_000).toISOString();
    expect(body.data).toMatchObject({ scoring: { queue_length: 2, oldest_s: 90, worker_seen_at } });
  });

  test("are not to be had on the public listener", async () => {
    const { cookie } = await house.signup({ admin: true });
    expect((await house.request("GET", "/metrics", { cookie })).status).toBe(404);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, utimesSync } from "node:fs";
import { dirname } from "node:path";

import { databaseNamed } from "@medforge/db/testing";

import { submissionFile } from "../../competitions/folders.ts";
import { newId } from "../../deps.ts";
import { receivingFile } from "./files.ts";
import { sweepUploads } from "./sweep.ts";
import {
  csvOf,
  filesKept,
  formOf,
  openChallenge,
  post,
  submissionsPath,
  type UploadHouse,
  uploadHouse,
} from "./testing.ts";

/** A connection that sends what it is told, and ends when it is told. */
async function connect(port: number, onHeard: (heard: string) => void = () => undefined) {
  let heard = "";
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        heard += bytes.toString();
        onHeard(heard);
      },
      close: () => resolve(),
      error: () => resolve(),
    },
  });
  return { socket, closed, heard: () => heard };
}

describe.if(databaseNamed)("an upload that breaks", () => {
  let house: UploadHouse;
  let port: number;
  let ada: Awaited<ReturnType<UploadHouse["signup"]>>;
  beforeAll(async () => {
    house = await uploadHouse({ environment: { MEDFORGE_UPLOAD_CSV_MIB: "1" } });
    ada = await house.signup();
    port = house.app.listen({ hostname: "127.0.0.1", port: 0 }).server?.port ?? 0;
  });
  afterAll(async () => {
    await house.app.stop(true);
    await house.close();
  });

  const BOUNDARY = "x7x7";
  const head = (slug: string, cookie: string, length: number, more = "") =>
    `POST ${submissionsPath(slug)} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: ${length}\r\n${more}\r\n`;
  const formText = (content: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`;
  const settled = async (what: () => boolean) => {
    for (let tries = 0; !what() && tries < 400; tries++) await Bun.sleep(5);
    return what();
  };

  test("off after 60 % leaves nothing and counts nothing", async () => {
    const { slug, id: competitionId } = await openChallenge(house, { cap: 1 });
    const body = formText(csvOf("1011").repeat(4_000));
    for (const cut of ["hang up", "reset"] as const) {
      const { socket } = await connect(port);
      socket.write(head(slug, ada.cookie, body.length) + body.slice(0, Math.floor(body.length * 0.6)));
      expect(await settled(() => filesKept(house).some((name) => name.startsWith("receiving/")))).toBe(true);
      if (cut === "reset") socket.terminate();
      else socket.end();
      expect(await settled(() => filesKept(house).length === 0)).toBe(true);
    }
    const day = { competitionId, userId: ada.id, day: "2026-01-02" };
    expect(await house.db.submissionDays.used(day)).toBe(0);
    expect(await house.db.submissions.page({ competitionId }, undefined, 10)).toEqual([]);
    // The server lives, and takes the whole of it.
    const whole = await post(house, ada.cookie, submissionsPath(slug), formOf(csvOf("1011")), port);
    expect(whole.status).toBe(201);
  });

  test("the limit is refused while it is sent, over a real connection, and leaves nothing", async () => {
    const { slug } = await openChallenge(house);
    const kept = filesKept(house);
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    const announced = await connect(port, () => resolve());
    announced.socket.write(head(slug, ada.cookie, 3_000_000));
    await refused;
    expect(announced.heard()).toStartWith("HTTP/1.1 413");
    announced.socket.end();

    const large = formOf("x".repeat(1_500_000));
    const answered = await post(house, ada.cookie, submissionsPath(slug), large, port);
    expect(answered.body).toMatchObject({ status: 413, code: "upload_too_large" });
    const chunked = await fetch(`http://127.0.0.1:${port}${submissionsPath(slug)}`, {
      method: "POST",
      headers: { cookie: ada.cookie, "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
      body: new Blob([formText("x".repeat(5_000_000))]).stream(),
    });
    expect(chunked.status).toBe(413);
    expect(filesKept(house)).toEqual(kept);
  });

  test("as it is a stranger's, is turned away before its body is sent", async () => {
    const { slug } = await openChallenge(house);
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    const stranger = await connect(port, () => resolve());
    stranger.socket.write(head(slug, "none=1", 500_000));
    await refused;
    expect(stranger.heard()).toStartWith("HTTP/1.1 401");
    stranger.socket.end();
  });

  test("while its competition is changed underneath is asked for again, and leaves nothing", async () => {
    const { slug, id } = await openChallenge(house);
    const kept = filesKept(house);
    const other = await openChallenge(house);
    const changing = await uploadHouse({
      db: house.db,
      environment: { MEDFORGE_STATE_DIR: house.folder },
      replace: (deps) => ({
        scorer: {
          ...deps.scorer,
          precheck: async (job, signal) => {
            await house.db.competitions.update(id, { targetIdentityId: other.identityId });
            return deps.scorer.precheck(job, signal);
          },
        },
      }),
    });
    const answered = await post(changing, ada.cookie, submissionsPath(slug), formOf(csvOf("1011")));
    expect(answered.body).toMatchObject({ status: 409, code: "state_conflict" });
    expect(filesKept(house)).toEqual(kept);
    changing.deps.scorer.close();
  });

  test("as its checker ends, is told so: nothing kept, nothing counted, and too heavy a file is a fault of the file", async () => {
    const { ScorerFault } = await import("../../scorer/fault.ts");
    const { slug } = await openChallenge(house);
    const kept = filesKept(house);
    for (const [fault, status, code] of [
      ["crashed", 503, "runtime_unavailable"],
      ["time_limit", 422, "submission_invalid"],
      ["memory_limit", 422, "submission_invalid"],
    ] as const) {
      const broken = await uploadHouse({
        db: house.db,
        environment: { MEDFORGE_STATE_DIR: house.folder },
        replace: (deps) => ({
          scorer: {
            ...deps.scorer,
            precheck: () => Promise.reject(new ScorerFault(fault, "/holdouts/secret")),
          },
        }),
      });
      const answered = await post(broken, ada.cookie, submissionsPath(slug), formOf(csvOf("1011")));
      expect(answered.body).toMatchObject({ status, code });
      expect(answered.text).not.toContain("secret");
    }
    expect(filesKept(house)).toEqual(kept);
  });

  test("with its server is swept: what has a row is kept, what has none goes, what is young or of others stays", async () => {
    const { slug } = await openChallenge(house);
    const { folders } = house.deps.config;
    const whole = await post(house, ada.cookie, submissionsPath(slug), formOf(csvOf("1011")));
    const { id: written } = (whole.body.data as { submission: { id: string } }).submission;
    const [lost, young, foreign] = [newId(house.deps), newId(house.deps), newId(house.deps)];
    const put = async (path: string) => {
      mkdirSync(dirname(path), { recursive: true });
      await Bun.write(path, "x");
    };
    for (const id of [written, lost, young]) await put(receivingFile(folders, id));
    for (const id of [lost, foreign]) await put(submissionFile(folders, id));
    const now = house.clock.now() / 1000;
    for (const id of [written, lost]) utimesSync(receivingFile(folders, id), now - 7_200, now - 7_200);
    await sweepUploads(house.deps);
    const there = (id: string) => [receivingFile(folders, id), submissionFile(folders, id)].map(existsSync);
    expect(there(written)).toEqual([false, true]);
    expect(there(lost)).toEqual([false, false]);
    expect(there(young)).toEqual([true, false]);
    expect(there(foreign)).toEqual([false, true]);
  });

  test("of which nobody knows whether its row was written is left to the sweep", async () => {
    const { slug } = await openChallenge(house);
    const dark = await uploadHouse({
      db: house.db,
      environment: { MEDFORGE_STATE_DIR: house.folder },
      replace: (deps) => ({
        db: {
          ...deps.db,
          transaction: async (work) => {
            await deps.db.transaction(work);
            throw Object.assign(new Error("Connection lost"), { code: "PROTOCOL_CONNECTION_LOST" });
          },
        },
      }),
    });
    const answered = await post(dark, ada.cookie, submissionsPath(slug), formOf(csvOf("0110")));
    expect(answered.body.code).toBe("database_unavailable");
    const again = await post(house, ada.cookie, submissionsPath(slug), formOf(csvOf("0110")));
    const { identical_to: id } = again.body.data as { identical_to: string };
    expect(filesKept(house)).toContain(`${id.slice(24, 26)}/${id}`);
  });
});

import type { Page } from "playwright-core";

import { ADMIN, openPortal, type Portal, signIn } from "../e2e/portal/portal.ts";
import { table } from "../src/progress.ts";

/**
 * `bun run bench:scroll`: long tables of real rows, scrolled from their first line to their last in Chromium at one speed,
 * while page after page is asked for. Frames are counted by requestAnimationFrame. The yardstick is a page that holds
 * nothing but something as high, scrolled in the same way in the same run: without a GPU that is what the machine can do.
 */

const PEOPLE = 10_000;
const ON_THE_BOARD = 5_000;
const COMPETITION = "titanic-survival";
/** 250 lines a second: faster than anybody reads, so that the ends come within a minute. */
const SPEED_PX_S = 12_000;
const FRAME_MS = 1000 / 60;
/** A frame was dropped where the next one came later than this. */
const LATE_MS = 1.5 * FRAME_MS;
const GOAL_FPS = 60;
/** Timers of the screen's clock are not exact. */
const FPS_SLACK = 0.5;

interface Ride {
  readonly rows: number;
  readonly frames: readonly number[];
}

/** Rows made by the database itself; what a page shows of them is asked of the API as ever. */
async function fill({ stack }: Portal): Promise<void> {
  const id = (kind: string, n: string) =>
    `concat(lpad(lower(hex(${n})), 8, '0'), '-${kind}-7000-8000-000000000000')`;
  const user = id("0001", "seq");
  const submission = id("0002", "seq");
  const identity = `select board_identity_id from competitions where slug = '${COMPETITION}'`;
  const score = "floor(418 * (0.5 + 0.4 * rand(seq))) / 418";
  const statements = [
    `insert into users (id, email, display_name, password_hash, role, can_use_internal, max_concurrent_sessions, created_at)
     select ${user}, concat('user', seq, '@example.org'), concat('User ', seq), 'x', 'member', seq % 3 = 0, 1, now(6)
     from seq_1_to_${PEOPLE}`,
    `insert into audit_log (id, at, actor_id, action, target, detail, address)
     select ${id("0003", "seq")}, now(6) - interval seq second, ${user}, 'auth.login', ${user}, '{"way":"password"}', '192.0.2.1'
     from seq_1_to_${PEOPLE}`,
    `insert into submissions (id, competition_id, user_id, file_name, file_bytes, file_sha256, created_at)
     select ${submission}, (select id from competitions where slug = '${COMPETITION}'), ${user}, 'mine.csv', 3000,
            sha2(seq, 256), '2026-01-01' + interval seq second
     from seq_1_to_${ON_THE_BOARD}`,
    `insert into score_runs (id, submission_id, identity_id, state, attempts, queued_at, ended_at, score, components, warnings)
     select ${id("0004", "seq")}, ${submission}, (${identity}), 'scored', 1, '2026-01-01' + interval seq second,
            '2026-01-01' + interval seq second, ${score}, '[]', '[]'
     from seq_1_to_${ON_THE_BOARD}`,
    `insert into board_lines (identity_id, user_id, submission_id, score, sort_key, submitted_at, submissions, statistics_fit)
     select (${identity}), ${user}, ${submission}, ${score}, -${score}, '2026-01-01' + interval seq second, 1, 0
     from seq_1_to_${ON_THE_BOARD}`,
  ];
  for (const statement of statements) await stack.run(statement);
}

/** Scrolls the table called so to its end, or the whole page where there is none. */
async function ride(page: Page, caption: string | undefined, speed: number): Promise<Ride> {
  return page.evaluate(
    ([name, pxS]) =>
      new Promise<Ride>((done) => {
        const scroller =
          name === undefined
            ? document.documentElement
            : document.querySelector(`main section[aria-label="${name}"]`);
        if (scroller === null) throw new Error(`no table is called ${name}`);
        const frames: number[] = [];
        const last = () =>
          Number([...scroller.querySelectorAll("tr[aria-rowindex]")].at(-1)?.ariaRowIndex ?? 0);
        const known = () => Number(scroller.querySelector("table")?.getAttribute("aria-rowcount") ?? 0);
        let before: number | undefined;
        let at = 0;
        const step = (now: number) => {
          if (before !== undefined) {
            frames.push(now - before);
            // A late frame makes up for what it missed, as a wheel or a finger does.
            at = Math.min(at + (pxS * (now - before)) / 1000, scroller.scrollHeight - scroller.clientHeight);
            scroller.scrollTop = at;
          }
          before = now;
          const ended = at >= scroller.scrollHeight - scroller.clientHeight - 1;
          if (frames.length > 60 && ended && last() === known())
            done({ rows: Math.max(0, last() - 1), frames });
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    [caption, speed] as const,
  );
}

function row(name: string, { rows, frames }: Ride, fps?: number): readonly string[] {
  const got = fpsOf(frames);
  const late = frames.filter((ms) => ms > LATE_MS).length;
  const goal = Math.min(GOAL_FPS, fps ?? GOAL_FPS) - FPS_SLACK;
  return [
    name,
    rows === 0 ? "–" : rows.toLocaleString("en"),
    String(frames.length),
    got.toFixed(1),
    Math.max(...frames).toFixed(1),
    `${((100 * late) / frames.length).toFixed(2)} %`,
    fps === undefined ? "the yardstick" : got >= goal ? "held" : "NOT HELD",
  ];
}

function fpsOf(frames: readonly number[]): number {
  return (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0);
}

const TABLES = [
  { name: "leaderboard", path: `/competitions/${COMPETITION}/leaderboard/`, caption: "Leaderboard" },
  { name: "users", path: "/admin/users/", caption: "Users" },
  { name: "audit trail", path: "/admin/audit/", caption: "Audit trail" },
] as const;

const portal = await openPortal();
try {
  await fill(portal);
  const context = await portal.browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await signIn(page, portal.url, ADMIN);
  const empty = await context.newPage();
  await empty.setContent(`<!doctype html><div style="height: ${20 * SPEED_PX_S}px"></div>`);
  await empty.bringToFront();
  const yardstick = await ride(empty, undefined, SPEED_PX_S);
  await empty.close();
  const rows = [row("an empty page", yardstick)];
  for (const { name, path, caption } of TABLES) {
    await page.goto(`${portal.url}${path}`);
    await page.getByRole("region", { name: caption }).waitFor();
    rows.push(row(name, await ride(page, caption, SPEED_PX_S), fpsOf(yardstick.frames)));
  }
  console.log(
    `Chromium ${portal.browser.version()} without a GPU, ${SPEED_PX_S} px/s; goal: ${GOAL_FPS} frames/s, or what the empty page has`,
  );
  console.log(table([["TABLE", "ROWS", "FRAMES", "FRAMES/S", "WORST ms", "LATE", "GOAL"], ...rows]));
} finally {
  await portal.close();
}

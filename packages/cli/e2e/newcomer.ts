/**
 * A newcomer's first hour, inside a lab: `./medforge up` in a fresh clone, the lines of its greeting pasted into a
 * shell, a real ssh, doctor, down. Ends with exit code 0, or says what went wrong.
 * usage: newcomer.ts <clone> <home> [without-zfs]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type CommandResult, command, startDaemon } from "@medforge/runtime/command";

const UP_MS_MAX = 180_000;
const SSH_MS_MAX = 30_000;

const [clone = "", home = "", zfs] = process.argv.slice(2);
const log = join(home, "up.log");

function expect(holds: boolean, what: string, seen: string): void {
  if (!holds) throw new Error(`${what}\n${seen}`);
  console.log(`  ${what}`);
}

const medforge = (...words: string[]): Promise<CommandResult> =>
  command([join(clone, "medforge"), ...words], { cwd: clone, deadlineMs: 120_000 });

const said = ({ stdout, stderr, exitCode }: CommandResult) => `exit code ${exitCode}\n${stdout}\n${stderr}`;

async function until(what: string, msMax: number, done: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + msMax;
  while (!(await done())) {
    if (performance.now() > end)
      throw new Error(`${what} took more than ${msMax} ms\n${readFileSync(log, "utf8")}`);
    await Bun.sleep(200);
  }
}

if (zfs === "without-zfs") {
  // Only this lab's mounts see it: what is no program cannot be found.
  const hidden = Bun.which("zpool") ?? "/usr/sbin/zpool";
  expect((await command(["mount", "--bind", "/dev/null", hidden])).exitCode === 0, `${hidden} is hidden`, "");
}
mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
const key = join(home, ".ssh/id_ed25519");
await command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);

const up = startDaemon([join(clone, "medforge"), "up", "--device-nodes"], { logFile: log, cwd: clone });
await until("`./medforge up`", UP_MS_MAX, () => {
  const text = readFileSync(log, "utf8");
  return (
    text.includes("Ctrl-C or `./medforge down`") ||
    /^medforge: /m.test(text.replaceAll("medforge: installing", ""))
  );
});
const greeting = readFileSync(log, "utf8");
const portal = /^MedForge is up: (https:\S+)/m.exec(greeting)?.[1] ?? "";
expect(
  portal === "https://external.medforge.localhost:8602",
  "`./medforge up` ends with where it is",
  greeting,
);
const ca = /let your browser trust (\S+)$/m.exec(greeting)?.[1] ?? "";
const page = await command(["curl", "-sS", "--fail", "--cacert", ca, `${portal}/`]);
expect(page.stdout.includes("<title>"), "and there is the portal, with the CA that it names", said(page));

const password = /^password {2}(\S+)/m.exec(greeting)?.[1] ?? "";
const pasted = [...greeting.matchAll(/^ {2}((?:login=|curl |\.\/medforge ).*)$/gm)].map(
  (match) => match[1] ?? "",
);
expect(pasted.length === 6, "its greeting has six lines to paste", greeting);
const shell = await command(["bash", "-c", pasted.join("\n").replace("PASSWORD", password)], {
  env: { HOME: home },
  cwd: clone,
  deadlineMs: 60_000,
});
// curl -s ends its answers without a line break.
const answers = shell.stdout.split(/(?=\{"data")/).filter((text) => text.startsWith('{"data"'));
const [session, submission] = ['"ssh":{', '"daily_cap":'].map((mark) =>
  JSON.parse(answers.find((text) => text.includes(mark))?.replace(/\}[^}]*$/, "}") ?? "{}"),
);
expect(session.data?.ssh?.port === 10_000, "pasted, they make a session", said(shell));
expect(submission.data?.submission?.state === "queued", "and a submission that is queued", said(shell));

const caLine = /^ {2}(@cert-authority .*)$/m.exec(greeting)?.[1] ?? "";
writeFileSync(join(home, ".ssh/known_hosts"), `${caLine}\n`);
const ssh = (program: string) =>
  command(
    [
      ..."ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5".split(" "),
      ...["-o", `UserKnownHostsFile=${join(home, ".ssh/known_hosts")}`, "-i", key, "-p", "10000"],
      ...["medforge@localhost", program],
    ],
    { deadlineMs: 20_000 },
  );
await until("ssh into the session", SSH_MS_MAX, async () => (await ssh("true")).exitCode === 0);
const inside = await ssh("id -un; pwd; echo kept > first-file; ls /dev/simulated-gpu*");
expect(
  inside.stdout === "medforge\n/workspace\n/dev/simulated-gpu0\n",
  "ssh with only the printed CA line ends in /workspace, with one GPU",
  said(inside),
);

const doctor = await medforge("doctor");
expect(doctor.exitCode === 0, "doctor finds nothing red", said(doctor));
const again = await medforge("up");
expect(
  again.exitCode === 0 && /nothing was changed/.test(again.stdout),
  "`up` again changes nothing",
  said(again),
);

const refused = await medforge("down");
expect(
  refused.exitCode === 1 && `${refused.stdout}${refused.stderr}`.includes(session.data.slug),
  "`down` names the session that still runs, and leaves it",
  said(refused),
);
expect((await ssh("cat first-file")).stdout === "kept\n", "which still answers", "");
const down = await medforge("down", "--stop-sessions");
expect(down.exitCode === 0, "`down --stop-sessions` ends everything", said(down));
await up.exited;
const left = await command(["pgrep", "-a", "dockerd|mariadbd|zfs-fuse|containerd|caddy"]);
expect(left.stdout === "", "and leaves no process behind", left.stdout);

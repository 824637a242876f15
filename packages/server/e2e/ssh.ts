import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";
import { type CommandResult, command, type Daemon, startDaemon } from "@medforge/runtime/command";

/** A person's own OpenSSH: one key, and a known_hosts that holds nothing but the CA line that the API returned. */
export interface SshClient {
  readonly publicKey: string;
  /** Runs a shell line in the session. Never asks anything: an unknown or changed host key is a failure. */
  run(session: Session, line: string): Promise<CommandResult>;
  /** As `run`, and returns what it said. @throws Error when it did not end well */
  say(session: Session, line: string): Promise<string>;
  /** A connection that stays open; what it says is appended to `logFile`. */
  keepOpen(session: Session, argv: readonly string[], logFile: string): Daemon;
  scp(session: Session, from: string, to: string): Promise<CommandResult>;
  rsync(session: Session, from: string, to: string): Promise<CommandResult>;
}

const RUN_MS_MAX = 30_000;

export async function sshClient(folder: string): Promise<SshClient> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = join(folder, "id_ed25519");
  const knownHosts = join(folder, "known_hosts");
  await command(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f", key]);

  const options = (session: Session): string[] => {
    writeFileSync(knownHosts, `${session.host_ca}\n`);
    return [
      ["UserKnownHostsFile", knownHosts],
      ["GlobalKnownHostsFile", "/dev/null"],
      ["StrictHostKeyChecking", "yes"],
      ["UpdateHostKeys", "no"],
      ["BatchMode", "yes"],
      ["IdentitiesOnly", "yes"],
      ["IdentityFile", key],
      ["ConnectTimeout", "5"],
      ["LogLevel", "ERROR"],
    ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  };
  const address = ({ ssh }: Session) => {
    if (ssh === null) throw new Error("this session has no address");
    return { port: String(ssh.port), login: `${ssh.user}@${ssh.host}` };
  };
  const base = (session: Session) => {
    const { port, login } = address(session);
    return { argv: ["ssh", "-F", "none", ...options(session), "-p", port], login };
  };
  const run = (session: Session, line: string) => {
    const { argv, login } = base(session);
    return command([...argv, login, line], { deadlineMs: RUN_MS_MAX });
  };

  return {
    publicKey: readFileSync(`${key}.pub`, "utf8").trim(),
    run,
    async say(session, line) {
      const { exitCode, stdout, stderr } = await run(session, line);
      if (exitCode !== 0 || stderr !== "") throw new Error(`ssh: ${exitCode} ${stderr} ${stdout}`);
      return stdout.trim();
    },
    keepOpen(session, rest, logFile) {
      const { argv, login } = base(session);
      const [first = "", ...others] = rest;
      const ahead = first.startsWith("-") ? rest : [];
      return startDaemon([...argv, ...ahead, login, ...(ahead.length > 0 ? [] : [first, ...others])], {
        logFile,
      });
    },
    scp(session, from, to) {
      const { port, login } = address(session);
      const side = (path: string) => (path.startsWith("there:") ? `${login}:${path.slice(6)}` : path);
      return command(["scp", "-q", "-F", "none", ...options(session), "-P", port, side(from), side(to)]);
    },
    rsync(session, from, to) {
      const { argv, login } = base(session);
      const side = (path: string) => (path.startsWith("there:") ? `${login}:${path.slice(6)}` : path);
      return command(["rsync", "-a", "-e", argv.join(" "), side(from), side(to)]);
    },
  };
}

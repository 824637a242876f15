import { MachineError } from "../errors.ts";

/** Engine errors become typed faults here and nowhere else. */

/** What docker-modem throws: HTTP answers carry `statusCode`, broken connections a system `code`. */
interface RawEngineError {
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
}

function raw(error: unknown): RawEngineError {
  const inner = error instanceof MachineError ? error.cause : error;
  return typeof inner === "object" && inner !== null ? inner : {};
}

/** HTTP status of the engine's answer, also when it is already wrapped; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = raw(error);
  return typeof statusCode === "number" ? statusCode : undefined;
}

/** The engine's own words, without docker-modem's decoration. */
export function wordsOf(error: unknown): string {
  const { message } = raw(error);
  return String(message ?? error)
    .replace(/^\(HTTP code \d+\) .*? - /s, "")
    .trim();
}

interface Rule {
  readonly says: RegExp;
  readonly fault: "refused" | "missing" | "full" | "broken";
  readonly remedy: string;
}

/** First match wins. Texts of 20.10 to 28; an unknown text falls through to the status. */
const RULES: readonly Rule[] = [
  {
    says: /no such image/i,
    fault: "missing",
    remedy: "Build or load the pack's image: `./medforge pack list` shows what is registered.",
  },
  {
    says: /port is already allocated|address already in use/i,
    fault: "refused",
    remedy: "Free the port: `ss -ltnp` shows who has it; keep other programs out of the session ports.",
  },
  {
    says: /no space left on device|disk quota exceeded/i,
    fault: "full",
    remedy: "Free space where Docker keeps its data: `docker system df`.",
  },
  {
    says: /could not select device driver|unresolvable CDI|CDI device injection|nvidia-container-cli/i,
    fault: "broken",
    remedy: "Install or repair the NVIDIA Container Toolkit, then restart Docker.",
  },
  {
    says: /bind source path does not exist/i,
    fault: "missing",
    remedy: "Look whether the workspace is mounted and the key folder is there.",
  },
  {
    says: /pool overlaps|same bridge name|overlaps with (another|other)/i,
    fault: "refused",
    remedy: "Remove the network that has this range: `docker network ls`; 172.30.0.0/16 belongs to MedForge.",
  },
];

const CONNECTION =
  /^(ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|EACCES|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;
const CONNECTION_WORDS =
  /socket hang up|socket connection was closed|ConnectionRefused|FailedToOpenSocket|certificate|TLS|SSL/i;

/**
 * @param what the call, for the message: "creating the container mf-session-…"
 * @param host where the engine was looked for
 */
export function engineError(what: string, host: string, error: unknown): MachineError {
  if (error instanceof MachineError) return error;
  const { code, name } = raw(error);
  const words = wordsOf(error);
  const status = statusOf(error);
  if (name === "AbortError") {
    return new MachineError("deadline", `${what} was cancelled`, "Try again.", error);
  }
  if (status === undefined) {
    const gone = CONNECTION.test(String(code)) || CONNECTION_WORDS.test(`${String(code)} ${words}`);
    return gone
      ? new MachineError("unreachable", `Docker does not answer at ${host} (${words})`, START_DOCKER, error)
      : new MachineError("broken", `${what} failed: ${words}`, "Look at Docker's log.", error);
  }
  const rule = RULES.find((candidate) => candidate.says.test(words));
  if (rule) return new MachineError(rule.fault, `${what} was refused: ${words}`, rule.remedy, error);
  const fault = status === 404 ? "missing" : "refused";
  return new MachineError(
    fault,
    `${what} was refused: ${words}`,
    "Look at Docker's log for the reason.",
    error,
  );
}

export const START_DOCKER =
  "Start Docker: `systemctl start docker`, or set DOCKER_HOST to an engine that runs.";

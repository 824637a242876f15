import { createHash } from "node:crypto";

/**
 * Reads one SSH public key as in `id_ed25519.pub` (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4, OpenSSH PROTOCOL.u2f).
 * Strict: what comes out is safe as a line of authorized_keys, byte by byte what sshd will read.
 */

export type KeyRule =
  | "empty"
  | "private_key"
  | "not_openssh"
  | "more_than_one_line"
  | "options"
  | "certificate"
  | "dsa"
  | "unknown_type"
  | "bad_base64"
  | "type_mismatch"
  | "damaged"
  | "rsa_too_short"
  | "rsa_too_long";

export interface PublicKey {
  readonly type: string;
  /** Type and key: no comment, no options. */
  readonly line: string;
  readonly comment: string;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

export type ReadKey =
  | { readonly ok: true; readonly key: PublicKey }
  | { readonly ok: false; readonly rule: KeyRule; readonly why: string };

export const RSA_BITS_MIN = 3072;
export const RSA_BITS_MAX = 16_384;

const KNOWN =
  /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com|ssh-rsa)$/;
const POINT_BYTES: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 };

export function readPublicKey(text: string): ReadKey {
  const trimmed = text.trim();
  const form = refuseForm(trimmed);
  if (form !== undefined) return form;
  const [type = "", base64 = "", ...rest] = trimmed.split(/[ \t]+/);
  if (!KNOWN.test(type)) return refuseType(type, trimmed);
  const blob = Buffer.from(base64, "base64");
  if (blob.length === 0 || blob.toString("base64") !== base64) {
    return refuse("bad_base64", "The middle part is not whole base64; copy the entire line again.");
  }
  const fault = refuseBlob(type, new Wire(blob));
  if (fault !== undefined) return fault;
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  const key = { type, line: `${type} ${base64}`, comment: rest.join(" "), fingerprint: `SHA256:${digest}` };
  return { ok: true, key };
}

type Refusal = Extract<ReadKey, { ok: false }>;

function refuse(rule: KeyRule, why: string): Refusal {
  return { ok: false, rule, why };
}

function refuseForm(text: string): Refusal | undefined {
  if (text === "") return refuse("empty", "Paste the line from your .pub file.");
  if (/-----BEGIN|PRIVATE KEY|PuTTY-User-Key-File|Proc-Type:/i.test(text)) {
    return refuse(
      "private_key",
      "This is a private key (possibly encrypted). Never send it to anybody; paste the .pub file beside it.",
    );
  }
  if (/---- BEGIN SSH2/i.test(text)) {
    return refuse("not_openssh", "This is the SSH2 format; convert it with `ssh-keygen -i -f <file>`.");
  }
  // One line, and nothing in it that sshd or a log would read differently from a person.
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if ((code < 32 && character !== "\t") || code === 127 || code === 0x2028 || code === 0x2029) {
      return refuse("more_than_one_line", "One key is one line; add several keys one by one.");
    }
  }
  return undefined;
}

function refuseType(type: string, line: string): Refusal {
  if (type === "ssh-dss") return refuse("dsa", "DSA keys are broken; make one with `ssh-keygen -t ed25519`.");
  if (/-cert-v0\d@/.test(type))
    return refuse("certificate", "This is a certificate; paste the key's own .pub file.");
  const looksLikeOptions =
    /^[a-z-]+(=|,|$)/i.test(type) && /(^|[\s",])(ssh-|ecdsa-|sk-)\S+\s+AAAA/.test(line);
  if (looksLikeOptions) {
    return refuse(
      "options",
      "Options such as `command=` or `from=` are not taken; the line starts with the key's type.",
    );
  }
  return refuse(
    "unknown_type",
    "The line must start with ssh-ed25519, ecdsa-sha2-nistp256/384/521, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com or ssh-rsa.",
  );
}

function refuseBlob(type: string, wire: Wire): Refusal | undefined {
  const inner = wire.string();
  if (inner?.toString("latin1") !== type) {
    return refuse(
      "type_mismatch",
      "The key's inside says another type than the line; copy the entire line again.",
    );
  }
  const fault = type === "ssh-rsa" ? refuseRsa(wire) : fits(type, wire) ? undefined : damaged();
  return fault ?? (wire.atEnd() ? undefined : damaged());
}

function damaged(): Refusal {
  return refuse("damaged", "The key is cut short or altered; copy the entire line again.");
}

function fits(type: string, wire: Wire): boolean {
  const securityKey = type.startsWith("sk-");
  if (type.includes("ed25519")) {
    if (wire.string()?.length !== 32) return false;
  } else {
    const curve = wire.string()?.toString("latin1") ?? "";
    const point = wire.string();
    if (!type.includes(curve) || point?.length !== POINT_BYTES[curve] || point?.[0] !== 4) return false;
  }
  // The application that a security key signs for; `ssh:` unless chosen otherwise.
  return !securityKey || /^[\x21-\x7e]{1,255}$/.test(wire.string()?.toString("latin1") ?? "");
}

function refuseRsa(wire: Wire): Refusal | undefined {
  const exponent = wire.positive();
  const modulus = wire.positive();
  if (exponent === undefined || modulus === undefined) return damaged();
  const odd = (number: Buffer) => ((number.at(-1) ?? 0) & 1) === 1;
  if (!odd(exponent) || !odd(modulus) || exponent.length > 8 || bits(exponent) < 2) return damaged();
  const size = bits(modulus);
  if (size < RSA_BITS_MIN) {
    return refuse(
      "rsa_too_short",
      `This RSA key has ${size} bits; at least ${RSA_BITS_MIN} are needed. Better: \`ssh-keygen -t ed25519\`.`,
    );
  }
  if (size > RSA_BITS_MAX)
    return refuse("rsa_too_long", `This RSA key has ${size} bits; sshd takes ${RSA_BITS_MAX}.`);
  return undefined;
}

function bits(number: Buffer): number {
  return number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

/** Reads the SSH wire format (RFC 4251, 5). Undefined where the bytes do not hold what is asked for. */
class Wire {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  string(): Buffer | undefined {
    if (this.#at + 4 > this.#bytes.length) return undefined;
    const length = this.#bytes.readUInt32BE(this.#at);
    const from = this.#at + 4;
    if (from + length > this.#bytes.length) return undefined;
    this.#at = from + length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** An mpint that is positive and minimal, without its sign byte. */
  positive(): Buffer | undefined {
    const number = this.string();
    if (number === undefined || number.length === 0) return undefined;
    const [first = 0, second = 0] = number;
    if (first >= 128) return undefined;
    if (first !== 0) return number;
    return second >= 128 ? number.subarray(1) : undefined;
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}

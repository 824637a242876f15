import { expect, test } from "bun:test";

import { KEYS } from "./fixtures.testing.ts";
import { readPublicKey } from "./public-key.ts";

const [TYPE, BASE64] = KEYS.ed25519.line.split(" ") as [string, string];

/** One SSH wire string. */
function field(bytes: Buffer | string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
}

function line(type: string, ...fields: (Buffer | string)[]): string {
  return `${type} ${Buffer.concat([field(type), ...fields.map(field)]).toString("base64")} test`;
}

/** A positive mpint of so many bits, odd. */
function mpint(bits: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xa5);
  bytes[0] = 1 << ((bits - 1) % 8);
  return (bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

const F4 = Buffer.of(1, 0, 1);
const POINT = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]);
const ED = Buffer.alloc(32, 9);

test("every kind of key that sshd takes is read, with the fingerprint that ssh-keygen prints", () => {
  for (const name of ["ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa3072"] as const) {
    const { line: given, fingerprint } = KEYS[name];
    const read = readPublicKey(`  ${given}\r\n`);
    if (!read.ok) throw new Error(`${name}: ${read.why}`);
    expect(read.key.fingerprint).toBe(fingerprint);
    expect(read.key.line).toBe(given.split(" ").slice(0, 2).join(" "));
    expect(read.key.comment).toBe(given.split(" ")[2] ?? "");
  }
});

test("keys of security tokens are read", () => {
  const keys = [
    line("sk-ssh-ed25519@openssh.com", ED, "ssh:"),
    line("sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", POINT, "ssh:work"),
  ];
  for (const key of keys) expect(readPublicKey(key)).toMatchObject({ ok: true });
});

test("each refusal names its rule", () => {
  const refused: [string, string][] = [
    ["", "empty"],
    ["   \n", "empty"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END", "private_key"],
    ["-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "private_key"],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "private_key"],
    ["PuTTY-User-Key-File-3: ssh-ed25519", "private_key"],
    ["---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "not_openssh"],
    [`${KEYS.ed25519.line}\n${KEYS.ecdsa256.line}`, "more_than_one_line"],
    [`${KEYS.ed25519.line}\u0000`, "more_than_one_line"],
    [`${KEYS.ed25519.line} \u2028 x`, "more_than_one_line"],
    [`command="rm -rf /" ${KEYS.ed25519.line}`, "options"],
    [`from="10.0.0.0/8",no-pty ${KEYS.ed25519.line}`, "options"],
    [`restrict ${KEYS.ed25519.line}`, "options"],
    [`cert-authority ${KEYS.ed25519.line}`, "options"],
    [`no-pty,${KEYS.ed25519.line}`, "options"],
    [KEYS.dsa.line, "dsa"],
    [`ssh-ed25519-cert-v01@openssh.com ${BASE64}`, "certificate"],
    ["hello", "unknown_type"],
    ["ssh-rsa1 AAAA", "unknown_type"],
    [TYPE, "bad_base64"],
    [`${TYPE} not*base64`, "bad_base64"],
    [`${TYPE} ${BASE64.slice(0, -1)}`, "bad_base64"],
    [`${TYPE} ${BASE64.slice(0, -4)}`, "damaged"],
    [`ssh-rsa ${BASE64}`, "type_mismatch"],
    [`${TYPE} ${KEYS.ecdsa256.line.split(" ")[1]}`, "type_mismatch"],
    [line("ssh-ed25519", Buffer.alloc(31, 9)), "damaged"],
    [line("ssh-ed25519", ED, "trailing"), "damaged"],
    [line("ecdsa-sha2-nistp256", "nistp384", POINT), "damaged"],
    [line("ecdsa-sha2-nistp256", "", POINT), "damaged"],
    [line("ecdsa-sha2-nistp256", "nistp256", Buffer.concat([Buffer.of(2), Buffer.alloc(64, 7)])), "damaged"],
    [line("sk-ssh-ed25519@openssh.com", ED), "damaged"],
    [line("sk-ssh-ed25519@openssh.com", ED, "a b"), "damaged"],
    [KEYS.rsa2048.line, "rsa_too_short"],
    [line("ssh-rsa", F4, mpint(3071)), "rsa_too_short"],
    [line("ssh-rsa", F4, mpint(16_385)), "rsa_too_long"],
    [line("ssh-rsa", Buffer.of(1), mpint(3072)), "damaged"],
    [line("ssh-rsa", Buffer.of(4), mpint(3072)), "damaged"],
    [line("ssh-rsa", F4, Buffer.concat([Buffer.of(0), mpint(3072)])), "damaged"],
    [line("ssh-rsa", F4), "damaged"],
  ];
  for (const [text, rule] of refused) {
    expect({ text, read: readPublicKey(text) }).toMatchObject({ text, read: { ok: false, rule } });
  }
});

test("an RSA key of exactly 3072 bits is long enough", () => {
  expect(readPublicKey(line("ssh-rsa", F4, mpint(3072)))).toMatchObject({ ok: true });
});

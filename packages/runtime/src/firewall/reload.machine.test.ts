import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { command } from "../command.ts";

/**
 * What `systemctl reload`, `stop` and `restart nftables` do to the table: the very commands of the installed units, in
 * a network namespace and over an /etc of their own. No systemd runs here.
 */
const named = process.env.MEDFORGE_TEST_FIREWALL === "1";

const root = `${import.meta.dir}/../../../..`;
const setup = `${root}/ops/network/firewall-setup.sh`;
const SITE = "--resolver 10.0.0.53 --closed 141.2.0.0/16";
const OURS = "nft --stateless -nn list table inet medforge";

/** The host's own rules, as Debian's nftables.conf begins: everything goes first. */
const HOST_RULES = `flush ruleset
table inet filter { chain input { type filter hook input priority 0; tcp dport 23 reject; }; }
`;

describe.if(named)("the table and the host's own rules", () => {
  let scratch = "";
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "medforge-reload-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** Runs shell lines where the installation is real and nobody else's. @returns what they said */
  async function onHost(...lines: string[]): Promise<string> {
    const upper = mkdtempSync(join(scratch, "etc-"));
    const etc = `mount -t tmpfs tmpfs ${upper} && mkdir ${upper}/up ${upper}/work && mount -t overlay -o lowerdir=/etc,upperdir=${upper}/up,workdir=${upper}/work overlay /etc`;
    const script = ["set -eu", "mount --make-rprivate /", etc, ...lines].join("\n");
    const result = await command(["unshare", "--net", "--mount", "--", "sh", "-c", script], {
      stdin: HOST_RULES,
    });
    if (result.exitCode !== 0) throw new Error(`${result.exitCode}: ${result.stderr}`);
    return result.stdout;
  }

  /** What systemd runs: the unit's lines of this kind, with the drop-in's. An empty one begins anew. */
  const executed = (kind: string) =>
    `run() { cat /lib/systemd/system/nftables.service /etc/systemd/system/nftables.service.d/*.conf |
      awk -F= -v kind=$1 '$1 == kind { n = ($2 == "" ? 0 : n + 1); line[n] = $2 } END { for (i = 1; i <= n; i++) print line[i] }' |
      sh -e; }; run ${kind}`;
  const install = ["cat > /etc/nftables.conf", `${setup} ${SITE} --install 2>/dev/null`];

  test("reloading and starting nftables loads the host's rules anew and the table with them", async () => {
    for (const kind of ["ExecReload", "ExecStart"]) {
      const said = await onHost(
        ...install,
        `${OURS} > /etc/before`,
        "nft add table inet strange",
        executed(kind),
        `${OURS} | cmp /etc/before - && nft list tables`,
      );
      expect(said.trim().split("\n")).toEqual(["table inet filter", "table inet medforge"]);
    }
  });

  test("stopping nftables takes the host's rules away and leaves the table", async () => {
    const said = await onHost(
      ...install,
      executed("ExecStart"),
      `${OURS} > /etc/before`,
      executed("ExecStop"),
      `${OURS} | cmp /etc/before - && nft list tables`,
    );
    expect(said.trim()).toBe("table inet medforge");
  });

  test("host rules that cannot be loaded change nothing at all", async () => {
    const said = await onHost(
      ...install,
      "echo 'table inet filter { nonsense }' >> /etc/nftables.conf",
      `(${executed("ExecReload")}) 2>/dev/null || echo refused`,
      "nft list tables",
    );
    expect(said.trim().split("\n")).toEqual(["refused", "table inet medforge"]);
  });

  test("without the drop-in a reload takes the table away: the test sees what it claims to see", async () => {
    const said = await onHost(
      ...install,
      ": > /etc/systemd/system/nftables.service.d/medforge.conf",
      executed("ExecReload"),
      "nft list tables",
    );
    expect(said.trim()).toBe("table inet filter");
  });

  test("at boot the unit loads what was installed, and installing again changes nothing", async () => {
    const unit = "awk -F= '$1 == \"ExecStart\" { print $2 }' /etc/systemd/system/medforge-firewall.service";
    const said = await onHost(
      ...install,
      `${OURS} > /etc/before`,
      "nft flush ruleset",
      `${unit} | sh -e && ${OURS} | cmp /etc/before -`,
      `${setup} ${SITE} --install 2>&1 | grep wrote || echo nothing`,
      `${setup} --install 2>&1 | grep -c wrote`,
    );
    expect(said.trim().split("\n")).toEqual(["nothing", "1"]);
  });

  test("it leaves other people's rules alone, and `iptables -F` leaves it alone", async () => {
    const said = await onHost(
      "iptables -A FORWARD -s 192.0.2.9 -j DROP",
      ...install,
      `iptables -S FORWARD && ${OURS} > /etc/before`,
      `iptables -F && iptables -P FORWARD ACCEPT && ${OURS} | cmp /etc/before - && echo same`,
    );
    expect(said.trim().split("\n")).toEqual([
      "-P FORWARD ACCEPT",
      "-A FORWARD -s 192.0.2.9/32 -j DROP",
      "same",
    ]);
  });

  test.skipIf(Bun.which("systemd-analyze") === null)("systemd finds no fault with the units", async () => {
    const folder = mkdtempSync(join(scratch, "units-"));
    expect((await command([setup, "--install", "--root", folder])).exitCode).toBe(0);
    const units = join(folder, "etc/systemd/system");
    const verify = () =>
      command(["systemd-analyze", "verify", join(units, "medforge-firewall.service"), "nftables.service"], {
        env: { SYSTEMD_UNIT_PATH: `${units}:` },
        deadlineMs: 60_000,
      });
    expect(await verify()).toMatchObject({ exitCode: 0, stderr: "" });
    const dropIn = join(units, "nftables.service.d/medforge.conf");
    await Bun.write(dropIn, (await Bun.file(dropIn).text()).replace("/usr/sbin/nft -f", "/nowhere/nft -f"));
    expect((await verify()).stderr).toContain("/nowhere/nft");
  });
});

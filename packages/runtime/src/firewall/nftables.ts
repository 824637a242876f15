import { readFile } from "node:fs/promises";

import { type CommandResult, command } from "../command.ts";
import { MachineError } from "../errors.ts";
import { firstDifference } from "./listing.ts";
import type { Firewall } from "./port.ts";

export interface NftablesOptions {
  /** Path of `ops/network/firewall.nft`. */
  readonly rulesFile: string;
  /** IPv4 addresses of the name servers that external sessions may ask, wherever they are. */
  readonly resolvers?: readonly string[];
  /** IPv4 ranges of this site that sessions must not reach although they are public. */
  readonly closedRanges?: readonly string[];
  /** Default `nft` from the PATH. */
  readonly nft?: string;
}

const IPV4_RANGE = /^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/;

export function nftablesFirewall(options: NftablesOptions): Firewall {
  const nft = options.nft ?? "nft";
  /** Stateless: no counters, no handles. Numeric: no look-ups. */
  const listing = [nft, "--stateless", "-nn", "list", "table", "inet", "medforge"];
  const expected = new Map<string, Promise<string>>();

  /** The same text as `firewall-setup.sh --print` makes. */
  async function rules(): Promise<string> {
    const file = await readFile(options.rulesFile, "utf8");
    return (
      file +
      elements("resolvers", options.resolvers ?? []) +
      elements("closed_site", options.closedRanges ?? [])
    );
  }

  /**
   * What this machine's nft says after loading the text: loaded in a network namespace that ends with the command, so
   * that the comparison never depends on how a version of nft or of the kernel words a rule.
   */
  async function spokenBack(text: string): Promise<string> {
    // A constant script: the rules come on stdin, the program's path as an argument.
    const script = '"$0" -f - && exec "$@"';
    const result = await command(["unshare", "--net", "--", "sh", "-c", script, nft, ...listing], {
      stdin: text,
    });
    if (result.exitCode === 0) return result.stdout;
    throw new MachineError(
      "broken",
      `The firewall rules cannot be loaded even in an empty network namespace: ${said(result)}`,
      `Run as root (CAP_NET_ADMIN and CAP_SYS_ADMIN) and look at ${options.rulesFile}.`,
    );
  }

  async function expectedListing(): Promise<string> {
    const text = await rules();
    const known = expected.get(text);
    if (known !== undefined) return known;
    const asked = spokenBack(text);
    expected.set(text, asked);
    // A failure is not worth remembering; whoever waits for it hears of it.
    asked.catch(() => expected.delete(text));
    return asked;
  }

  return {
    kind: "nftables",

    async load() {
      const result = await command([nft, "-f", "-"], { stdin: await rules() });
      if (result.exitCode === 0) return;
      throw new MachineError(
        "broken",
        `The firewall rules could not be loaded: ${said(result)}`,
        `Run as root (CAP_NET_ADMIN) and look at ${options.rulesFile}.`,
      );
    },

    async verify() {
      const result = await command(listing);
      if (result.exitCode !== 0) {
        if (/No such file or directory/.test(result.stderr)) {
          return {
            ok: false,
            is: "missing",
            why: "the table inet medforge is missing; load it: ops/network/firewall-setup.sh",
          };
        }
        throw new MachineError(
          "broken",
          `The firewall cannot be looked at: ${said(result)}`,
          "Run as root (CAP_NET_ADMIN) with nftables installed.",
        );
      }
      const difference = firstDifference(await expectedListing(), result.stdout);
      return difference === undefined
        ? { ok: true }
        : {
            ok: false,
            is: "altered",
            why: `the table inet medforge was altered: ${difference}; load it again: ops/network/firewall-setup.sh`,
          };
    },
  };
}

function elements(set: string, ranges: readonly string[]): string {
  const strange = ranges.find((range) => !IPV4_RANGE.test(range));
  if (strange !== undefined) {
    throw new MachineError(
      "refused",
      `\`${strange}\` is not an IPv4 address or range`,
      "Write it as 10.0.0.53 or 141.2.0.0/16.",
    );
  }
  return ranges.length === 0 ? "" : `add element inet medforge ${set} { ${ranges.join(",")} }\n`;
}

function said(result: CommandResult): string {
  return result.stderr.trim().split("\n").slice(0, 3).join(" ") || `exit code ${result.exitCode}`;
}

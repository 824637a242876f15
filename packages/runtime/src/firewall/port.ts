export type FirewallState =
  | { readonly ok: true }
  /** `why` is for doctor and the log; it may quote addresses of this site. */
  | { readonly ok: false; readonly is: "missing" | "altered"; readonly why: string };

/** Our one nftables table. No session starts while it is not exactly as expected. */
export interface Firewall {
  readonly kind: string;
  /** Afterwards the table is loaded exactly as in `ops/network/firewall.nft`. */
  load(): Promise<void>;
  /**
   * Compares the loaded table with the expected one, without changing anything.
   * @throws MachineError `broken` when nobody can look: no nft, no right to
   */
  verify(): Promise<FirewallState>;
}

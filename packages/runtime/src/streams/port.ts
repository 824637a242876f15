/** Open connections between this host and the containers: what goes on although nobody would let it begin now. */
export interface Streams {
  /** `linux` or `memory`. */
  readonly kind: string;

  /**
   * Afterwards no TCP connection of this host to the container at this address goes on, but those to its sshd, which
   * have keys of their own. Whoever is cut off and may still come connects again.
   * @param address IPv4
   * @throws MachineError when the kernel cannot do that or the tool is missing
   */
  cut(address: string): Promise<void>;
}

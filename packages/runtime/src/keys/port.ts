import type { Slug } from "@medforge/core/ids";

export interface SessionKeys {
  readonly slug: Slug;
  readonly workspaceId: string;
  /** Names that clients use for the host, for the certificate: `ssh.medforge.example.org`, `localhost`. */
  readonly hostNames: readonly string[];
  /** Lines of authorized_keys: type, key, no options. */
  readonly authorizedKeys: readonly string[];
}

/**
 * SSH keys outside of the containers: one folder a session, bound read-only, and the host CA. A host key belongs to
 * the workspace and survives its sessions; it is never stored inside the workspace.
 */
export interface Keys {
  /** The host CA's public key line (without `@cert-authority`), made on first use. */
  hostCa(): Promise<string>;
  /** Afterwards this many host keys for these names lie ready for workspaces to come: for a quiet moment. */
  makeAhead(hostNames: readonly string[], count: number): Promise<void>;
  /** Afterwards the session's folder exists and is complete. @returns its host path */
  prepare(keys: SessionKeys): Promise<string>;
  /**
   * Afterwards sshd accepts exactly these keys: the file is replaced by renaming, so it takes effect at once. A
   * session without a folder has no sshd: nothing changes.
   */
  authorize(slug: Slug, authorizedKeys: readonly string[]): Promise<void>;
  /** Afterwards the session's folder is gone. The workspace's host key stays. */
  remove(slug: Slug): Promise<void>;
  /** Slugs that have a folder. */
  list(): Promise<Slug[]>;
  /** Afterwards nothing is kept for this workspace. */
  forget(workspaceId: string): Promise<void>;
}

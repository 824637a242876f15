import { readFileSync } from "node:fs";

import { databaseNamed } from "@medforge/db/testing";

/** What the run names for us to use. Finding a machine is not permission to use it. */

const { MEDFORGE_TEST_DOCKER, MEDFORGE_TEST_IMAGE, MEDFORGE_TEST_ZFS, MEDFORGE_TEST_FIREWALL } = process.env;

export interface Named {
  /** As DOCKER_HOST wants it. */
  readonly dockerHost: string;
  readonly image: string;
  /** A dataset in which a house makes one of its own. */
  readonly zfs: string;
}

/** True where the run names everything that a real session needs. */
export const machineNamed =
  databaseNamed &&
  MEDFORGE_TEST_DOCKER?.startsWith("unix://") === true &&
  MEDFORGE_TEST_IMAGE !== undefined &&
  MEDFORGE_TEST_ZFS !== undefined &&
  MEDFORGE_TEST_FIREWALL === "1";

/**
 * True in a lab (ops/host/lab.sh), where every process is ours: only there may a test kill the engine that the run
 * names. Elsewhere somebody's work may hang on it.
 */
export const inLab = machineNamed && /lab\.sh\0--inside/.test(readFileSync("/proc/1/cmdline", "utf8"));

export function named(): Named {
  if (
    MEDFORGE_TEST_DOCKER === undefined ||
    MEDFORGE_TEST_IMAGE === undefined ||
    MEDFORGE_TEST_ZFS === undefined
  ) {
    throw new Error("Set MEDFORGE_TEST_DOCKER, MEDFORGE_TEST_IMAGE and MEDFORGE_TEST_ZFS.");
  }
  return { dockerHost: MEDFORGE_TEST_DOCKER, image: MEDFORGE_TEST_IMAGE, zfs: MEDFORGE_TEST_ZFS };
}

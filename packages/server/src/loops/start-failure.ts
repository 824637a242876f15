import { MachineError } from "@medforge/runtime/errors";

/**
 * What the owner is told when a start cannot succeed however often it is tried; undefined when trying again may help.
 * In our words: the machine's own message may name host paths and goes to the log and to admins only.
 */
export function whyNotStarted(error: unknown): string | undefined {
  if (!(error instanceof MachineError)) return undefined;
  switch (error.fault) {
    case "unreachable":
    case "deadline":
    case "in-use":
      return undefined;
    case "missing":
      return "Something that the session needs is not on this host, probably its pack's image. Ask an admin to run `./medforge doctor`.";
    case "full":
      return "The storage of this host is full. Delete snapshots or workspaces, or ask an admin for room.";
    case "refused":
      return "The container engine refused to start the session. Ask an admin: `./medforge doctor` and the log say why.";
    case "broken":
      return "This host is not fit to start sessions now. Ask an admin to run `./medforge doctor`.";
  }
}

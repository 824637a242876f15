import { command } from "../command.ts";
import { type Clock, within } from "../deadline.ts";
import { MachineError, type MachineFault } from "../errors.ts";

/**
 * The one place that runs `zfs` and `zpool` and reads their error texts, which OpenZFS 2.x and zfs-fuse 0.7 word
 * differently. Nothing here lists a whole pool.
 */

export type ZfsTrouble =
  | "daemon"
  | "no-pool"
  | "no-dataset"
  | "exists"
  | "busy"
  | "has-clones"
  | "no-space"
  | "mounted"
  | "not-mounted"
  | "bad-property"
  | "suspended"
  | "other";

export class ZfsError extends MachineError {
  readonly trouble: ZfsTrouble;

  constructor(trouble: ZfsTrouble, fault: MachineFault, message: string, remedy: string) {
    super(fault, message, remedy);
    this.name = "ZfsError";
    this.trouble = trouble;
  }
}

type Rule = readonly [pattern: RegExp, trouble: ZfsTrouble, fault: MachineFault, remedy: string];

/** First match wins. */
const RULES: readonly Rule[] = [
  [
    /zfs-fuse daemon is running|modules (are not loaded|cannot be auto-loaded)|\/dev\/zfs|failed to initialize ZFS library/i,
    "daemon",
    "unreachable",
    "Start ZFS: `modprobe zfs` with OpenZFS, `systemctl start zfs-fuse` with zfs-fuse.",
  ],
  [
    /no such pool|parent does not exist/,
    "no-pool",
    "unreachable",
    "Import the pool (`zpool import <pool>`) and look that the workspaces' root dataset is there (`zfs list`).",
  ],
  [
    /pool I\/O is currently suspended|Transport endpoint is not connected/,
    "suspended",
    "unreachable",
    "Look at `zpool status`, then `zpool clear` or restart ZFS.",
  ],
  [
    /has dependent clones/,
    "has-clones",
    "in-use",
    "Destroy the workspaces that were cloned from it, or keep it.",
  ],
  [/does not exist|no such (file|snapshot)/i, "no-dataset", "missing", "Look at the name; it may be gone."],
  [/permission denied/i, "other", "refused", "Run MedForge as root."],
  [/already exists/, "exists", "refused", "Choose another name."],
  [/already mounted/, "mounted", "refused", "Nothing: it is mounted."],
  [/not currently mounted/, "not-mounted", "refused", "Nothing: it is not mounted."],
  [
    /is busy|busy$/im,
    "busy",
    "in-use",
    "End the sessions and programs that use these files, then try again.",
  ],
  [
    /out of space|quota exceeded|no space left|size is less than current used/i,
    "no-space",
    "full",
    "Delete files or snapshots, or raise the quota.",
  ],
  [
    /invalid property|bad property|must be one of|property .* not (supported|permitted)|feature .* (enabled|support)/i,
    "bad-property",
    "refused",
    "Use a newer ZFS, or leave this property out.",
  ],
];

/** Exported for its test. */
export function errorFrom(argv: readonly string[], stderr: string): ZfsError {
  const text = stderr.trim();
  const rule = RULES.find(([pattern]) => pattern.test(text));
  const [, trouble, fault, remedy] = rule ?? [
    undefined,
    "other",
    "refused",
    "Look at `zpool status` and the kernel's log.",
  ];
  return new ZfsError(trouble, fault, `\`${argv.join(" ")}\`: ${text || "failed without a word"}`, remedy);
}

/** After an unmount a dataset is randomly busy for a moment. */
const BUSY_RETRY_MS = 100;
/** Sync of a slow disk under load; a suspended pool never answers. */
const COMMAND_MS_MAX = 30_000;

export interface ZfsCommands {
  /** @returns stdout @throws ZfsError */
  run(argv: readonly string[]): Promise<string>;
  /** As `run`, again and again while the dataset is busy, for at most `busyMsMax`. */
  runUnlessBusy(argv: readonly string[], busyMsMax: number): Promise<string>;
  /** Properties of those of the datasets that exist, as exact numbers where they are numbers. */
  properties<P extends string>(
    datasets: readonly string[],
    properties: readonly P[],
    depth?: number,
  ): Promise<Map<string, Record<P, string>>>;
}

export function zfsCommands(clock: Clock): ZfsCommands {
  // A process stuck inside the kernel survives even SIGKILL: the second deadline is for that one.
  const start = (argv: readonly string[]) =>
    within(clock, COMMAND_MS_MAX + 5_000, `\`${argv.join(" ")}\``, () =>
      command(argv, { deadlineMs: COMMAND_MS_MAX }),
    );

  const run = async (argv: readonly string[]) => {
    const result = await start(argv);
    if (result.exitCode !== 0) throw errorFrom(argv, result.stderr);
    return result.stdout;
  };

  return {
    run,

    async runUnlessBusy(argv, busyMsMax) {
      const giveUpAtMs = clock.now() + busyMsMax;
      for (;;) {
        try {
          return await run(argv);
        } catch (error) {
          const again = isZfs(error, "busy") && clock.now() < giveUpAtMs;
          if (!again) throw error;
          await clock.sleep(BUSY_RETRY_MS);
        }
      }
    },

    async properties(datasets, properties, depth = 0) {
      const deep = depth > 0 ? ["-r", "-d", String(depth)] : [];
      const argv = ["zfs", "get", "-Hp", ...deep, "-o", "name,property,value"];
      argv.push(properties.join(","), ...datasets);
      const { exitCode, stdout, stderr } = await start(argv);
      const complaints = stderr.split("\n").filter((line) => line !== "" && !NOT_THERE.test(line));
      if (complaints.length > 0 || (exitCode !== 0 && stderr === "")) throw errorFrom(argv, stderr);
      const found = new Map<string, Record<(typeof properties)[number], string>>();
      for (const line of stdout.split("\n")) {
        const [name, property, value] = line.split("\t");
        if (!name || property === undefined || value === undefined) continue;
        const known = found.get(name) ?? blank(properties);
        const wanted = properties.find((p) => p === property);
        if (wanted !== undefined) known[wanted] = value;
        found.set(name, known);
      }
      return found;
    },
  };
}

/** A pool that is not imported reads like this too: whoever needs the difference asks for the root as well. */
const NOT_THERE = /^cannot open '[^']*': (dataset does not exist|no such pool( '[^']*')?)$/;

function blank<P extends string>(properties: readonly P[]): Record<P, string> {
  return Object.fromEntries(properties.map((p) => [p, "-"])) as Record<P, string>;
}

export function isZfs(error: unknown, ...troubles: ZfsTrouble[]): boolean {
  return error instanceof ZfsError && troubles.includes(error.trouble);
}

import { expect, test } from "bun:test";

import { errorFrom } from "./zfs-command.ts";

test("what ZFS says becomes a fault that a caller can act on", () => {
  // Written by zfs-fuse 0.7.0 on Debian 12, except those marked OpenZFS: the
  // wording of its lib/libzfs/libzfs_util.c, not seen on a machine yet.
  const said: readonly (readonly [text: string, trouble: string, fault: string])[] = [
    [
      "connect: No such file or directory\nPlease make sure that the zfs-fuse daemon is running.\ninternal error: failed to initialize ZFS library",
      "daemon",
      "unreachable",
    ],
    [
      "The ZFS modules cannot be auto-loaded.\nTry running 'modprobe zfs' as root to manually load them.",
      "daemon",
      "unreachable",
    ], // OpenZFS
    ["cannot create 'nopool/w1': no such pool 'nopool'", "no-pool", "unreachable"],
    ["cannot open 'nopool': no such pool", "no-pool", "unreachable"],
    ["cannot create 'ws/t/u7/w1': parent does not exist", "no-pool", "unreachable"],
    ["cannot open 'tank': pool I/O is currently suspended", "suspended", "unreachable"], // OpenZFS
    ["cannot open 'ws/t/u8': dataset does not exist", "no-dataset", "missing"],
    ["cannot create snapshot 'ws/t/u1/w1@s1': dataset already exists", "exists", "refused"],
    ["cannot mount 'ws/t/u7': filesystem already mounted", "mounted", "refused"],
    ["cannot unmount 'ws/t/u7': not currently mounted", "not-mounted", "refused"],
    ["cannot destroy 'ws/t/u7': dataset is busy", "busy", "in-use"],
    ["cannot unmount '/tank/u/w': pool or dataset is busy", "busy", "in-use"], // OpenZFS
    [
      "umount: /mnt/t/u1/w1: target is busy.\ncannot unmount '/mnt/t/u1/w1': umount failed: umount child process failed",
      "busy",
      "in-use",
    ],
    [
      "cannot destroy 'ws/t/u1/w1.before/1@s1': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\nws/t/u1/w1",
      "has-clones",
      "in-use",
    ],
    [
      "cannot set property for 'ws/t/u1/w9': size is less than current used or reserved space",
      "no-space",
      "full",
    ],
    ["cannot create 'ws/t/u1/w10': out of space", "no-space", "full"],
    ["cannot create 'ws/t/u1/w2': 'xattr' must be one of 'on | off'", "bad-property", "refused"],
    ["cannot create 'tank/x': invalid property 'acme'", "bad-property", "refused"], // OpenZFS
    ["cannot create 'tank/x': permission denied", "other", "refused"],
    ["", "other", "refused"],
  ];
  for (const [text, trouble, fault] of said) {
    const error = errorFrom(["zfs", "create"], text);
    expect<string[]>([text, error.trouble, error.fault]).toEqual([text, trouble, fault]);
    expect(error.remedy).not.toBe("");
  }
});

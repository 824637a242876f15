import { expect, test } from "bun:test";

import { type AptFacts, aptCommand, needs, packagesFor, refusal } from "./apt.ts";

const bookworm: AptFacts = {
  root: true,
  family: ["debian"],
  kernelZfs: false,
  available: new Set(["chromium", "zfs-fuse"]),
};

test("a host that has nothing gets everything in one command, and no package that its release lacks", () => {
  expect(aptCommand(packagesFor(needs("docker", bookworm), bookworm)).join(" ")).toBe(
    "apt-get install -y --no-install-recommends caddy docker.io iproute2 mariadb-server mmdebstrap nftables openssh-client zfs-fuse",
  );
});

test("where the kernel has ZFS, its own tools are taken; a client of its own package is added where there is one", () => {
  const ubuntu: AptFacts = {
    root: true,
    family: ["ubuntu", "debian"],
    kernelZfs: true,
    available: new Set(["zfsutils-linux", "docker-cli"]),
  };
  const packages = packagesFor(needs("docker", ubuntu), ubuntu);
  expect(packages).toContain("zfsutils-linux");
  expect(packages).toContain("docker-cli");
  expect(packages).not.toContain("zfs-fuse");
});

test("a pretended machine needs MariaDB only, and tests need shellcheck and a browser on top", () => {
  expect(packagesFor(needs("memory", bookworm), bookworm)).toEqual(["mariadb-server"]);
  const forTests = packagesFor(needs("test", bookworm), bookworm);
  expect(forTests).toContain("shellcheck");
  expect(forTests).toContain("chromium");
});

test("a release without any ZFS installs none", () => {
  const none: AptFacts = { ...bookworm, available: new Set() };
  expect(packagesFor(needs("docker", none), none).filter((name) => name.includes("zfs"))).toEqual([]);
});

test("only root on Debian or Ubuntu may install", () => {
  expect(refusal(bookworm)).toBeUndefined();
  expect(refusal({ ...bookworm, root: false })).toBe("installing needs root");
  expect(refusal({ ...bookworm, family: ["fedora"] })).toContain("only Debian and Ubuntu");
});

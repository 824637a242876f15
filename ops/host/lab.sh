#!/usr/bin/env bash
# A private host in namespaces: its own network, processes, mounts and /run. Inside, start an engine, a pool, a
# database and a firewall as on a real machine; when the command ends, all of it is gone and this host has seen
# nothing. Killing the lab and starting it again on the same files is a power cut.
#
#   ops/host/lab.sh [--veth] -- command…
#
#   --veth   adds a network namespace `outside`, reached over a veth pair, that plays everything beyond this host:
#            192.0.2.2 the internet (and default route), 10.99.0.2 the LAN, 169.254.169.254 cloud metadata.
#            Run a server there with `ip netns exec outside …`.
#
# There is no real network inside. A pool of the kernel's OpenZFS (unlike zfs-fuse) is not confined by namespaces:
# whoever makes one destroys it. Exit code: the command's, or 77 when this machine permits no lab.
set -euo pipefail

usage() {
  printf 'usage: %s [--veth] -- command…\n' "$0" >&2
  exit 2
}

refuse() {
  printf 'lab: %s\n' "$1" >&2
  exit 77
}

# In the new namespaces, as their first process. It stays, because the first process must reap orphans.
inside() {
  local veth=$1
  shift
  mount --make-rprivate /
  # All of /run: sockets, locks and pid files of Docker, containerd, ZFS, MariaDB, `ip netns` and iptables live there.
  # /var/lib/zfs holds a pool cache that would make a ZFS daemon of ours import the outer host's pools.
  local place
  for place in /run /var/run /var/lock /var/lib/zfs /etc/zfs; do
    if [[ -L $place ]]; then continue; fi
    mkdir -p "$place"
    mount -t tmpfs -o mode=755 tmpfs "$place"
  done
  install -d -m 1777 /run/lock
  install -d /var/run/zfs /var/lock/zfs /run/netns /run/sshd
  ip link set lo up
  printf '1' >/proc/sys/net/ipv4/ip_forward
  if [[ $veth == yes ]]; then outside; fi

  local code=0
  "$@" || code=$?
  exit "$code"
}

outside() {
  ip netns add outside
  ip link add lab0 type veth peer name outside0
  ip link set outside0 netns outside
  ip address add 192.0.2.1/24 dev lab0
  ip address add 10.99.0.1/24 dev lab0
  ip link set lab0 up
  ip -n outside link set lo up
  ip -n outside address add 192.0.2.2/24 dev outside0
  ip -n outside address add 10.99.0.2/24 dev outside0
  ip -n outside address add 169.254.169.254/32 dev outside0
  ip -n outside link set outside0 up
  ip route add default via 192.0.2.2
}

if [[ ${1:-} == --inside ]]; then
  shift
  inside "$@"
fi

veth=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --veth) veth=yes ;;
    --)
      shift
      break
      ;;
    *) usage ;;
  esac
  shift
done
[[ $# -gt 0 ]] || usage

[[ $(id -u) == 0 ]] || refuse "needs root: run it with sudo."
for tool in unshare ip mount; do
  command -v "$tool" >/dev/null || refuse "\`$tool\` is not installed: apt-get install util-linux iproute2 mount"
done
private=(unshare --net --mount --pid --fork --kill-child --mount-proc)
reason=$("${private[@]}" true 2>&1) ||
  refuse "this machine permits no namespaces (${reason}): in a container it takes CAP_SYS_ADMIN and CAP_NET_ADMIN."

# A bash function of ours cannot be called across unshare: the script runs itself again inside.
exec "${private[@]}" bash "$0" --inside "$veth" "$@"

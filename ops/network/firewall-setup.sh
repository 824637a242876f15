#!/usr/bin/env bash
# Loads MedForge's nftables table: firewall.nft and what this site adds. Can be run twice; run it before Docker starts.
#   firewall-setup.sh [--resolver <ipv4>]… [--closed <ipv4 range>]… [--print]
# --resolver  a name server inside a closed range (the LAN's) that external sessions may ask on port 53
# --closed    public addresses of this site that sessions must not reach
# --print     prints what would be loaded and changes nothing
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'firewall-setup: %s\n' "$*" >&2; }

usage() {
  sed -n '3,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

check_address() {
  [[ $1 =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?$ ]] || {
    say "'$1' is not an IPv4 address or range"
    exit 2
  }
}

# One `add element` a set, in the same transaction as the table.
rules() {
  cat "$here/firewall.nft"
  local IFS=,
  if ((${#resolvers[@]} > 0)); then printf 'add element inet medforge resolvers { %s }\n' "${resolvers[*]}"; fi
  if ((${#closed[@]} > 0)); then printf 'add element inet medforge closed_site { %s }\n' "${closed[*]}"; fi
}

resolvers=() closed=() print=no
while (($# > 0)); do
  case $1 in
    --resolver | --closed)
      [[ $# -ge 2 ]] || usage
      check_address "$2"
      if [[ $1 == --resolver ]]; then resolvers+=("$2"); else closed+=("$2"); fi
      shift 2
      ;;
    --print)
      print=yes
      shift
      ;;
    *) usage ;;
  esac
done

if [[ $print == yes ]]; then
  rules
  exit 0
fi

command -v nft >/dev/null || {
  say 'nft is missing; install it: apt-get install nftables'
  exit 1
}
if nft list table inet medforge >/dev/null 2>&1; then
  say 'replacing the table inet medforge in one transaction'
else
  say 'loading the table inet medforge for the first time'
fi
rules | nft -f -
say "loaded; resolvers: ${resolvers[*]:-none}; closed for this site: ${closed[*]:-none}"

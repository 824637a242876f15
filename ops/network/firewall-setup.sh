#!/usr/bin/env bash
# Loads MedForge's nftables table: firewall.nft and what this site adds. Can be run twice; run it before Docker starts.
#   firewall-setup.sh [--resolver <ipv4>]… [--closed <ipv4 range>]… [--print | --install [--root <folder>]]
# --resolver  a name server that external sessions may ask; they can ask no other one
# --closed    public addresses of this site that sessions must not reach
# --print     prints what would be loaded and changes nothing
# --install   also keeps it loaded, over boots and reloads of nftables: /etc/medforge and systemd's units
# --root      installs below this folder instead, and loads and enables nothing
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
units=$here/../../deploy/systemd

say() { printf 'firewall-setup: %s\n' "$*" >&2; }

usage() {
  sed -n '3,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
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

# What came on stdin becomes the file, which is always a whole one; one that has it already is left alone.
place() {
  local path=$root$1 fresh=$root$1.new
  mkdir -p "$(dirname "$path")"
  cat >"$fresh"
  if cmp -s "$fresh" "$path"; then
    rm "$fresh"
  else
    chmod 0644 "$fresh"
    mv "$fresh" "$path"
    say "wrote $path"
  fi
}

install_files() {
  rules | place /etc/medforge/firewall.nft
  place /etc/medforge/nftables-start.nft <"$here/nftables-start.nft"
  place /etc/medforge/nftables-stop.nft <"$here/nftables-stop.nft"
  place /etc/systemd/system/nftables.service.d/medforge.conf <"$units/nftables.service.d/medforge.conf"
  place /etc/systemd/system/medforge-firewall.service <"$units/medforge-firewall.service"
}

load() {
  if nft list table inet medforge >/dev/null 2>&1; then
    say 'replacing the table inet medforge in one transaction'
  else
    say 'loading the table inet medforge for the first time'
  fi
  rules | nft -f -
  say "loaded; resolvers: ${resolvers[*]:-none}; closed for this site: ${closed[*]:-none}"
}

resolvers=() closed=() how=load root=''
while (($# > 0)); do
  case $1 in
    --resolver | --closed | --root) [[ $# -ge 2 ]] || usage ;;&
    --resolver | --closed) check_address "$2" ;;&
    --resolver) resolvers+=("$2") ;;
    --closed) closed+=("$2") ;;
    --root) root=$2 ;;
    --print | --install) how=${1#--} ;;
    *) usage ;;
  esac
  case $1 in
    --print | --install) shift ;;
    *) shift 2 ;;
  esac
done
[[ -z $root || $how == install ]] || usage

if [[ $how == print ]]; then
  rules
  exit 0
fi
if [[ $how == install ]]; then install_files; fi
if [[ -n $root ]]; then exit 0; fi

command -v nft >/dev/null || {
  say 'nft is missing; install it: apt-get install nftables'
  exit 1
}
load
if [[ $how == install ]]; then
  if [[ -d /run/systemd/system ]]; then
    systemctl daemon-reload
    systemctl enable --quiet medforge-firewall.service
    say 'enabled medforge-firewall.service: the table is there before Docker at every boot'
  else
    say 'systemd does not run here: load /etc/medforge/firewall.nft before Docker at every boot yourself'
  fi
fi

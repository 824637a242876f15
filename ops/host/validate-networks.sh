#!/usr/bin/env bash
# Proves from inside running sessions what they may reach: docs/networks.md has the list. Run as root on the host of
# the sessions; it changes nothing. Best with one external and one internal session running, and a third as neighbour.
#
#   ops/host/validate-networks.sh [--session <slug>]… [--internet <ipv4>:<port>] [--cells <file>]
#
#   --session   only these sessions (default: every one that runs)
#   --internet  something that listens out there: external sessions must reach it, internal ones must not
#   --cells     more to try, one a line: `<open|closed> <how> <where> <what> <why…>`, as in probe.py
#
# DOCKER_HOST names the engine. One line a try; exit code 1 when one of them came out otherwise than it must.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
probe=$(<"$here/probe.py")
readonly PREFIX=mf-session-
# sshd, the portal, Caddy's admin, Docker, MariaDB, the API and its metrics: tried whether or not they are seen here.
readonly PORTS=(22 80 443 2019 2375 2376 3306 8600 8601)
readonly METADATA=169.254.169.254
readonly NAME=validate.medforge.invalid

say() { printf 'validate-networks: %s\n' "$*" >&2; }

usage() {
  sed -n '5,9s/^# \{0,3\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# Of a running session: slug, exposure, address, published port. One line each.
sessions() {
  docker ps --quiet --filter label=medforge.slug | xargs --no-run-if-empty docker inspect --format \
    '{{index .Config.Labels "medforge.slug"}} {{index .Config.Labels "medforge.exposure"}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}} {{(index (index .HostConfig.PortBindings "22/tcp") 0).HostPort}}'
}

# This host's own addresses as a session would name them. Other sessions' gateways say nothing new.
addresses() {
  ip -oneline -4 address show scope global | awk -v own="$1" '$2 !~ /^mf[ei]-/ || $2 ~ own { sub("/.*", "", $4); print $4 }'
  ip -oneline -6 address show | awk -v own="$1" '$2 != "lo" && ($2 !~ /^mf[ei]-/ || $2 ~ own) {
    sub("/.*", "", $4); print $4 ($4 ~ /^fe80/ ? "%eth0" : "") }'
}

# Numbers of the ports that this host listens on, of whatever address: `-t` or `-u`.
listening() { ss -Hln "$1" | awk '{ sub(".*:", "", $4); print $4 }' | sort -un; }

# Unix sockets that somebody on this host listens on, abstract ones with their `@`: Docker's, MariaDB's, Caddy's admin.
sockets() { ss -Hlx | awk '$5 ~ "^[/@]" { print $5 }' | sort -u; }

# Everything that nobody may reach from the session, then what depends on its exposure.
cells() {
  local slug=$1 exposure=$2 ssh_port=$3 address port other rest
  for address in $(addresses "$slug"); do
    for port in $({ printf '%s\n' "${PORTS[@]}" && listening -t; } | sort -un); do
      echo "closed tcp $address $port this host"
    done
    for port in $(listening -u); do echo "closed udp $address $port this host"; done
    echo "closed icmp $address - this host"
    echo "closed dns $address $NAME a resolver on this host"
    echo "closed dns-tcp $address $NAME a resolver on this host"
    echo "closed tcp $address $ssh_port its own published port"
    while read -r other _ _ port; do
      if [[ $other != "$slug" ]]; then echo "closed tcp $address $port the published port of $other"; fi
    done <<<"$running"
  done
  while read -r other _ address _; do
    if [[ $other == "$slug" ]]; then continue; fi
    for port in 22 8080; do echo "closed tcp $address $port the session $other"; done
    echo "closed udp $address 8080 the session $other"
    echo "closed icmp $address - the session $other"
  done <<<"$running"
  # Routers and machines that this host knows on its own networks.
  for address in $({ ip -4 neighbour | awk '$3 !~ /^mf[ei]-/ { print $1 }' && ip -4 route show default | awk '{ print $3 }'; } | sort -u); do
    if closed_range "$address"; then
      for port in 22 80 443; do echo "closed tcp $address $port the LAN"; done
      echo "closed icmp $address - the LAN"
    fi
  done
  echo "closed tcp $METADATA 80 cloud metadata"
  echo "closed dns $METADATA $NAME cloud metadata"
  echo "closed icmp $METADATA - cloud metadata"
  echo "closed tcp 2000::1 443 anything over IPv6"
  echo "closed icmp 2000::1 - anything over IPv6"
  for address in /run/docker.sock /var/run/docker.sock $(sockets); do
    echo "closed unix $address - a socket of this host"
  done
  echo "open tcp 127.0.0.1 22 its own sshd, so that a try that fails means something"
  if [[ $exposure == INTERNAL ]]; then
    echo "closed dns 127.0.0.11 $NAME the engine's resolver"
    echo "closed dns-tcp 127.0.0.11 $NAME the engine's resolver"
    echo "closed resolve - $NAME names at all"
  fi
  local egress=open
  [[ $exposure == EXTERNAL ]] || egress=closed
  for address in $(nft -j list set inet medforge resolvers | grep -oE '([0-9]{1,3}\.){3}[0-9]{1,3}' || true); do
    echo "$egress dns $address $NAME a named resolver"
    echo "closed tcp $address 443 a named resolver, on another port"
  done
  if [[ -n $internet ]]; then
    echo "$egress tcp ${internet%:*} ${internet##*:} the internet"
    echo "$egress icmp ${internet%:*} - the internet"
    echo "closed dns ${internet%:*} $NAME a name server that is not named"
  fi
  if [[ -n $more ]]; then
    while read -r rest; do
      if [[ -n $rest ]]; then echo "$rest"; fi
    done <"$more"
  fi
}

# Whether the table refuses the range, as far as IPv4's private and link-local ones go.
closed_range() { [[ $1 =~ ^(10|127|192\.168|169\.254|172\.(1[6-9]|2[0-9]|3[01]))\. ]]; }

# Tries the cells from inside, and prints what came of each. @returns 1 when something is otherwise than it must be
validate() {
  local slug=$1 exposure=$2 ssh_port=$4 tried answers cell answer wrong=0
  tried=$(cells "$slug" "$exposure" "$ssh_port" | sort -u)
  answers=$(cut -d' ' -f2-4 <<<"$tried" | docker exec -i -u 1000:1000 "$PREFIX$slug" python3 -c "$probe") || {
    say "$slug: the probe did not run; it needs python3 in the session's pack"
    return 1
  }
  [[ $(wc -l <<<"$tried") == $(wc -l <<<"$answers") ]] || {
    say "$slug: the probe gave fewer answers than it was asked for"
    return 1
  }
  while IFS=$'\t' read -r cell answer; do
    local mark=ok came=closed
    if [[ ${answer%% *} == reached ]]; then came=open; fi
    if [[ ${cell%% *} != "$came" ]]; then mark=FAIL wrong=1; fi
    printf '%-4s  %s %s  %s  %s ms\n' "$mark" "$slug" "$exposure" "$cell" "$answer"
  done < <(paste <(printf '%s\n' "$tried") <(printf '%s\n' "$answers"))
  return "$wrong"
}

wanted=() internet='' more=''
while (($# > 0)); do
  [[ $# -ge 2 ]] || usage
  case $1 in
    --session) wanted+=("$2") ;;
    --internet) internet=$2 ;;
    --cells) more=$2 ;;
    *) usage ;;
  esac
  shift 2
done
for tool in docker ip nft ss; do
  command -v "$tool" >/dev/null || {
    say "$tool is missing; install it: apt-get install docker.io iproute2 nftables"
    exit 1
  }
done

running=$(sessions)
[[ -n $running ]] || {
  say 'no session runs on this host: start an external and an internal one, then run this again'
  exit 1
}
code=0
while read -r slug exposure address port; do
  if ((${#wanted[@]} > 0)) && [[ " ${wanted[*]} " != *" $slug "* ]]; then continue; fi
  validate "$slug" "$exposure" "$address" "$port" || code=1
done <<<"$running"
exit "$code"

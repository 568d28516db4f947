#!/usr/bin/env bash
# chroot.sh DEBS SIM: the packages on a clean Debian 12, as their user meets them: install, put the
# key, start, query, upgrade and roll back under a running reader, remove, purge. DEBS is what scripts/package
# made, SIM the simulated exchange. Needs root. Systemd is not running there: what its unit says is
# done by hand.
set -euo pipefail
[ $# -eq 2 ] || { echo "Usage: chroot.sh DEBS SIM" >&2; exit 2; }
debs=$(cd "$1" && pwd)
sim=$2
here=$(cd "$(dirname "$0")" && pwd)

root=$(mktemp -d)
work=$(mktemp -d)
pids=()

clean_up() {
  local code=$?
  if [ "$code" -ne 0 ] && [ -s "$work/daemon" ]; then tail -n 20 "$work/daemon" >&2; fi
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  [ ! -s "$work/daemon.pid" ] || kill "$(cat "$work/daemon.pid")" 2>/dev/null || true
  wait 2>/dev/null || true
  for mounted in dev/shm dev/pts proc; do umount -q -R "$root/$mounted" 2>/dev/null || true; done
  rm -rf --one-file-system "$root" "$work"
}
trap clean_up EXIT
trap 'echo "chroot.sh: line $LINENO: $BASH_COMMAND" >&2' ERR

step() { printf -- '-- %s (%s s)\n' "$1" "$SECONDS"; }
fail() { echo "chroot.sh: $1" >&2; return 1; }

# Each execs the next, so that the background's last process is the program itself.
enter=(chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LANG=C.UTF-8
  TERM=xterm DEBIAN_FRONTEND=noninteractive)
as_alice=(setpriv --reuid alice --regid alice --init-groups)
inside() { "${enter[@]}" "$@"; }
alice() { inside "${as_alice[@]}" "$@"; }

# expect CODE TEXT COMMAND…: what it exits with, and what it says.
expect() {
  local code=0
  "${@:3}" >"$work/said" 2>&1 </dev/null || code=$?
  [ "$code" -eq "$1" ] && grep -qF -- "$2" "$work/said" && return
  tail -c 2000 "$work/said" | cat -v >&2
  fail "\"${*:3}\" gave $code, not $1 with \"$2\""
}

quietly() { "$@" >"$work/log" 2>&1 </dev/null || { cat "$work/log" >&2; return 1; }; }

soon() {
  for _ in $(seq 300); do
    "$@" && return
    sleep 0.1
  done
  fail "not within 30 s: $*"
}

# shellcheck disable=SC2016 # apt's
make_root() {
  chmod 755 "$root"
  debootstrap --variant=minbase --include=ca-certificates,util-linux bookworm "$root" \
    "$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)"
  # The host's ways to its packages: sources, keys and proxies.
  cp -a /etc/apt/. "$root/etc/apt/"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/shm" "$root/dev/pts"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  inside apt-get -qq update
}

# The unit's command line, with the user, the group and the credentials that it names: a file that is
# there, or the empty value.
unit() { sed -n "s/^$1=//p" "$root/lib/systemd/system/tickcached.service"; }
credentials=/run/credentials/tickcached.service
start_daemon() {
  local credential file
  inside install -d -o tickcache -m 0500 $credentials
  for credential in $(unit LoadCredential); do
    file=${credential#*:}
    [ -e "$root$file" ] || file=/dev/null
    inside install -o tickcache -m 0400 "$file" "$credentials/${credential%%:*}"
  done
  # shellcheck disable=SC2046 # a command line
  "${enter[@]}" CREDENTIALS_DIRECTORY=$credentials \
    setpriv --reuid "$(unit User)" --regid "$(unit Group)" --clear-groups --no-new-privs \
    $(unit ExecStart) >>"$work/daemon" 2>&1 &
  echo $! >"$work/daemon.pid"
}
stop_daemon() {
  local pid
  pid=$(cat "$work/daemon.pid")
  kill "$pid"
  wait "$pid" || fail "tickcached ended with $?"
  : >"$work/daemon.pid"
  inside rm -r $credentials
}

# shellcheck source=tests/install/packages.sh
. "$here/packages.sh"

ticks_of() { grep -c '"event":"ticker"' "$root/home/alice/ticks" || true; }
more_ticks() { [ "$(ticks_of)" -gt "$1" ]; }

[ "$(id -u)" -eq 0 ] || fail "needs root (debootstrap, chroot)"

step "a clean Debian"
quietly make_root
"$sim" --rate 500 --orders-per-second 2 --portfolio-per-second 1 >"$work/sim" 2>&1 &
pids+=($!)
soon grep -q '^listening on ' "$work/sim"
url=$(sed -n 's/^listening on //p' "$work/sim")

step "install"
mkdir "$root/srv/packages"
# shellcheck disable=SC2046 # a list
cp $(packages "$debs") "$root/srv/packages/"
inside find / -xdev -name '*tickcache*' ! -path '/srv/*' >"$work/before"
quietly inside sh -c 'apt-get -qq install -y /srv/packages/*.deb'
inside getent passwd tickcache >/dev/null || fail "no user tickcache"
for file in usr/share/man/man1/tickcache.1.gz usr/share/man/man8/tickcached.8.gz \
  usr/share/man/man5/tickcached.conf.5.gz usr/share/bash-completion/completions/tickcache \
  usr/share/zsh/vendor-completions/_tickcache usr/share/fish/vendor_completions.d/tickcache.fish \
  usr/share/man/man8/tickcache-relay.8.gz usr/share/bash-completion/completions/tickcache-relay \
  etc/tickcache/relay.conf lib/systemd/system/tickcache-relay.service \
  usr/share/man/man8/tickcache-redis.8.gz usr/share/bash-completion/completions/tickcache-redis \
  etc/tickcache/redis.conf lib/systemd/system/tickcache-redis.service \
  usr/bin/tickcache-sim usr/share/man/man1/tickcache-sim.1.gz \
  lib/systemd/system/tickcached@.service; do
  [ -e "$root/$file" ] || fail "not installed: $file"
done
for service in tickcached tickcache-relay tickcache-redis; do
  [ ! -e "$root/etc/systemd/system/multi-user.target.wants/$service.service" ] ||
    fail "$service.service is enabled before anybody asked for it"
done
expect 5 'no segment "tickcache"' inside tickcache status
expect 5 'no segment on this machine' inside tickcache segments
expect 0 'plays the trading platform' inside tickcache-sim --help

step "put the key, start, look"
echo ak_live_newcomer | inside install -m 0600 /dev/stdin /etc/tickcache/api-key
sed -i "s|^#url = .*|url = $url|" "$root/etc/tickcache/tickcached.conf"
expect 0 'the service takes /etc/tickcache/api-key' inside tickcached --check-config
start_daemon
expect 0 live inside tickcache wait --timeout 30
expect 0 live inside tickcache wait BTCUSDT --timeout 30
expect 0 'TREND' inside sh -c \
  '{ sleep 2; printf q; } | script -qec "stty cols 100 && tickcache watch" /dev/null'
expect 0 '0 problems' inside tickcache doctor
expect 0 'tickcache_up{segment="tickcache"} 1' inside tickcache metrics
inside useradd --create-home alice
expect 1 'join the group tickcache' alice tickcache get BTCUSDT
expect 1 'usermod -aG tickcache alice' alice tickcache doctor
inside usermod -aG tickcache alice
expect 0 live alice tickcache get BTCUSDT
expect 0 True alice python3 -c 'import tickcache; print(tickcache.Cache().price("BTCUSDT") > 0)'

step "the relay, as a user who is only in the group"
"${enter[@]}" setpriv --reuid 61234 --regid "$(inside getent group tickcache | cut -d: -f3)" --clear-groups \
  --no-new-privs tickcache-relay --listen 127.0.0.1:0 >"$work/relay" 2>&1 &
pids+=($!)
soon grep -q 'listening on http://' "$work/relay"
relay=$(sed -n 's/.*listening on //p' "$work/relay")
relay_live() { curl -fs "$relay/v1/price/BTCUSDT?require=live" | grep -q '"freshness":"live"'; }
soon relay_live

step "compile against the development package"
quietly inside apt-get -qq install -y --no-install-recommends gcc libc6-dev pkg-config
cp "$here/../../docs/examples/price.c" "$root/srv/price.c"
# shellcheck disable=SC2016 # inside
quietly inside sh -c 'gcc /srv/price.c -o /srv/price $(pkg-config --cflags --libs tickcache)'
expect 0 live alice /srv/price BTCUSDT

step "upgrade under a running reader"
mkdir "$root/srv/upgrade"
make_upgrade "$debs" "$root/srv/upgrade"
"${enter[@]}" "${as_alice[@]}" sh -c \
  'exec tickcache stream BTCUSDT >/home/alice/ticks 2>/home/alice/errors' &
reader=$!
pids+=("$reader")
soon test -s "$root/home/alice/ticks"
soon more_ticks 3
before=$(stat -c %i "$root/dev/shm/tickcache")
quietly inside sh -c 'apt-get -qq install -y -o Dpkg::Options::=--force-confold /srv/upgrade/*.deb'
# shellcheck disable=SC2016 # dpkg's
inside dpkg-query -W -f '${Package} ${Version}\n' '*tickcache*' >"$work/versions"
[ "$(grep -c 'later$' "$work/versions")" -eq "$(packages "$debs" | wc -l)" ] || fail "not upgraded: $(cat "$work/versions")"
grep -q "^url = $url" "$root/etc/tickcache/tickcached.conf" || fail "the configuration was replaced"
[ -e "$root/etc/tickcache/tickcached.conf.dpkg-dist" ] || fail "the new configuration is nowhere"
# What the package's scripts do where systemd runs (systemd.sh): restart.
stop_daemon
seen=$(ticks_of)
start_daemon
soon more_ticks "$((seen + 3))"
kill -0 "$reader" || fail "the reader has ended: $(cat "$root/home/alice/errors")"
[ "$(stat -c %i "$root/dev/shm/tickcache")" != "$before" ] || fail "the segment is still the old one"
expect 0 live alice tickcache wait BTCUSDT --timeout 30

step "roll back under a running reader"
quietly inside sh -c 'apt-get -qq install -y --allow-downgrades -o Dpkg::Options::=--force-confold /srv/packages/*.deb'
# shellcheck disable=SC2016 # dpkg's
inside dpkg-query -W -f '${Package} ${Version}\n' '*tickcache*' >"$work/versions"
! grep 'later$' "$work/versions" || fail "not rolled back"
grep -q "^url = $url" "$root/etc/tickcache/tickcached.conf" || fail "the configuration was replaced"
stop_daemon
seen=$(ticks_of)
start_daemon
soon more_ticks "$((seen + 3))"
kill -0 "$reader" || fail "the reader has ended: $(cat "$root/home/alice/errors")"
expect 0 live alice tickcache wait BTCUSDT --timeout 30

step "remove and purge"
stop_daemon
kill "$reader"
quietly inside apt-get -qq remove -y tickcache tickcache-relay tickcache-redis
for name in tickcached relay; do
  [ -e "$root/etc/tickcache/$name.conf" ] || fail "removing took the configuration"
done
[ -e "$root/dev/shm/tickcache" ] || fail "removing took the segment"
quietly inside apt-get -qq purge -y tickcache tickcache-relay tickcache-redis tickcache-sim libtickcache0 \
  libtickcache-dev python3-tickcache
inside find / -xdev -name '*tickcache*' ! -path '/srv/*' >"$work/after"
diff "$work/before" "$work/after" >&2 || fail "purging leaves something"
[ -z "$(find "$root/dev/shm" -name 'tickcache*')" ] || fail "purging leaves a segment"
step "all is well"

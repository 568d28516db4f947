#!/usr/bin/env bash
# systemd.sh DEBS SIM: the packages under a real systemd, which is process 1 of namespaces of its own
# on a clean Debian 12: install, start, status, reload, further accounts, the relay, waiting, watchdog,
# upgrade, a rejected key, stop, remove, purge. DEBS is what scripts/package made, SIM the simulated exchange.
# Needs root.
set -euo pipefail
[ $# -eq 2 ] || { echo "Usage: systemd.sh DEBS SIM" >&2; exit 2; }
debs=$1
sim=$2
# shellcheck source=tests/install/packages.sh
. "$(dirname "$0")/packages.sh"

root=$(mktemp -d)
work=$(mktemp -d)
pids=()
init=

clean_up() {
  local code=$?
  [ "$code" -eq 0 ] || [ -z "$init" ] ||
    inside journalctl --no-pager -n 40 -u 'tickcache*' >&2 || true
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf --one-file-system "$root" "$work"
}
trap clean_up EXIT
trap 'echo "systemd.sh: line $LINENO: $BASH_COMMAND" >&2' ERR

step() { printf -- '-- %s (%s s)\n' "$1" "$SECONDS"; }
fail() { echo "systemd.sh: $1" >&2; return 1; }
inside() {
  nsenter -t "$init" -p -m -u -i /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}
soon() {
  for _ in $(seq 300); do
    "$@" && return
    sleep 0.1
  done
  fail "not within 30 s: $*"
}
# says TEXT COMMAND…: whether the command's output has the text, whatever it exits with.
says() {
  local said
  said=$(inside "${@:2}" 2>&1) || true
  grep -qF -- "$1" <<<"$said"
}
property() { inside systemctl show -P "$2" "$1"; }
has_status() { [[ $(property "$1" StatusText) == "$2"* ]]; }
# reads USER SEGMENT: whether that user can.
reads() {
  inside setpriv --reuid "$1" --regid "$1" --init-groups env TICKCACHE_SEGMENT="$2" \
    tickcache get BTCUSDT >/dev/null 2>&1
}

# What the namespaces' first process does: mounts of its own, then systemd.
# shellcheck disable=SC2016 # expanded there
begin='
  set -e
  mount --make-rprivate /
  mount --bind "$1" "$1"
  cd "$1"
  mkdir -p old
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=755 tmpfs dev
  for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
  done
  mkdir dev/shm dev/pts
  ln -s pts/ptmx dev/ptmx
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t devpts -o newinstance devpts dev/pts
  pivot_root . old
  umount -l /old
  # Credentials are mounted by a child of systemd, and reach the services by propagation.
  mount --make-rshared /
  exec env -i container=oci PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd systemd.unified_cgroup_hierarchy=0'

step "a clean Debian 12"
libraries=libssl3,libspdlog1.10,libfmt9,libhiredis0.14
# shellcheck disable=SC2016 # apt's
debootstrap --variant=minbase --include="systemd,systemd-sysv,util-linux,$libraries" bookworm \
  "$root" "$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)" >/dev/null
chmod 755 "$root"
mkdir "$root/srv/packages" "$root/srv/upgrade"
cp "$debs"/tickcache_*.deb "$debs"/tickcache-relay_*.deb "$debs"/libtickcache0_*.deb "$root/srv/packages"
make_upgrade "$root/srv/packages" "$root/srv/upgrade"

step "the exchange"
"$sim" --rate 2000 --orders-per-second 2 --portfolio-per-second 1 --key ak_live_good \
  >"$work/sim" 2>&1 &
pids+=($!)
soon grep -qs "^listening on" "$work/sim"
url=$(sed -n 's/^listening on //p' "$work/sim")

step "systemd"
unshare --pid --mount --uts --ipc --fork bash -c "$begin" begin "$root" >"$work/boot" 2>&1 &
parent=$!
pids+=("$parent")
soon pgrep -P "$parent" -f systemd >/dev/null
init=$(pgrep -P "$parent")
is_running() { says running systemctl is-system-running || says degraded systemctl is-system-running; }
soon is_running

step "install"
# As a shell does it: dpkg is given the files' names.
install_from() {
  inside sh -c "dpkg --force-confold --install $1/*.deb" >"$work/dpkg" 2>&1 ||
    { cat "$work/dpkg" >&2; return 1; }
}
install_from /srv/packages
for unit in tickcached tickcache-relay; do
  [ "$(property "$unit" ActiveState)" = inactive ]
  [ "$(property "$unit" UnitFileState)" = disabled ]
done

step "start"
install -m 0600 /dev/stdin "$root/etc/tickcache/api-key" <<<ak_live_good
echo "url = $url" >>"$root/etc/tickcache/tickcached.conf"
inside systemctl enable --now tickcached
[ "$(property tickcached ActiveState)" = active ]
inside systemctl start tickcache-wait
soon has_status tickcached "live: 620 symbols, 3 channels, 1 connection"
[ "$(inside stat -c '%U:%G %a' /dev/shm/tickcache)" = "tickcache:tickcache 640" ]
inside journalctl -u tickcached -p info -o cat --no-pager | grep -q '^segment "tickcache" is published'
if inside journalctl -u tickcached -p warning -o cat --no-pager | grep tickcached; then
  fail "warnings at the start"
fi

says TREND sh -c '{ sleep 2; printf q; } | script -qec "stty cols 100; TERM=xterm tickcache watch" /dev/null'
says "0 problems, 0 warnings" tickcache doctor

step "reload"
echo "log-level = debug" >>"$root/etc/tickcache/tickcached.conf"
inside systemctl reload tickcached
soon says "SIGHUP: the configuration was read again" journalctl -u tickcached -o cat --no-pager
[ "$(property tickcached ActiveState)" = active ]

step "a further account, in its own group"
inside groupadd --system tickcache-alice
inside useradd -G tickcache-alice alice
inside useradd -G tickcache bob
cp "$root/etc/tickcache/api-key" "$root/etc/tickcache/alice.key"
cp "$root/etc/tickcache/tickcached.conf" "$root/etc/tickcache/alice.conf"
inside systemctl start tickcached@alice
inside systemctl start tickcache-wait@alice
soon reads alice tickcache.alice  # once the symbol has ticked
soon reads bob tickcache
if reads bob tickcache.alice; then fail "bob reads alice's segment"; fi
if reads alice tickcache; then fail "alice reads the other segment"; fi

step "the relay"
echo "listen = 127.0.0.1:0" >>"$root/etc/tickcache/relay.conf"
inside systemctl enable --now tickcache-relay
relay_says() { says "$1" journalctl -u tickcache-relay -o cat --no-pager; }
# answers TEXT PATH [CURL_OPTION…]: whether its answer has the text.
answers() {
  local url
  url=$(inside journalctl -u tickcache-relay -o cat --no-pager | sed -n 's/.*listening on //p' | tail -n 1)
  curl -s --max-time 5 "${@:3}" "$url$2" | grep -qF -- "$1"
}
is_live() { answers '"freshness":"live"' '/v1/price/BTCUSDT?require=live' "$@"; }
soon is_live
soon relay_says "the feed is live"
[ "$(inside stat -c %u "/proc/$(property tickcache-relay MainPID)")" -ge 61184 ] # a dynamic user's
token=$(openssl rand -hex 32)
inside install -m 0600 /dev/stdin /etc/tickcache/relay.token
echo "$token" >"$root/etc/tickcache/relay.token"
says "token-file = /etc/tickcache/relay.token" tickcache-relay --check-config
inside systemctl restart tickcache-relay
soon answers TOKEN_REQUIRED /v1/prices
soon is_live -H "Authorization: Bearer $token"
rm "$root/etc/tickcache/relay.token"
# The segment of an account whose group the unit does not name.
echo "segment = tickcache.alice" >>"$root/etc/tickcache/relay.conf"
inside systemctl restart tickcache-relay || true
soon relay_says "below [Service] SupplementaryGroups=GROUP"
mkdir "$root/etc/systemd/system/tickcache-relay.service.d"
printf '[Service]\nSupplementaryGroups=tickcache-alice\n' \
  >"$root/etc/systemd/system/tickcache-relay.service.d/group.conf"
inside systemctl daemon-reload
inside systemctl restart tickcache-relay
soon is_live

step "a loop that stands still"
inside systemctl kill --signal=STOP tickcached
soon says "down: " tickcache status
was_restarted() { [ "$(property tickcached NRestarts)" -ge 1 ]; }
soon was_restarted
soon has_status tickcached live
says "Watchdog timeout" journalctl -u tickcached -o cat --no-pager

step "upgrade under a reader"
inside setpriv --reuid alice --regid alice --init-groups env TICKCACHE_SEGMENT=tickcache.alice \
  tickcache stream BTCUSDT >"$work/stream" 2>&1 &
reader=$!
pids+=("$reader")
ticks() { grep -c '"event":"ticker"' "$work/stream" || true; }
has_ticks() { [ "$(ticks)" -gt "$1" ]; }
soon has_ticks 3
main_pids() { for unit in tickcached tickcached@alice tickcache-relay; do property "$unit" MainPID; done; }
before=$(main_pids)
install_from /srv/upgrade
# shellcheck disable=SC2016 # dpkg's
[ "$(inside dpkg-query -W -f '${Version}\n' tickcache tickcache-relay libtickcache0 | grep -c 'later$')" = 3 ]
soon has_status tickcached live
soon has_status tickcached@alice live
[ -z "$(comm -12 <(sort <<<"$before") <(main_pids | sort))" ] || fail "not restarted by the upgrade"
[ "$(property tickcached UnitFileState)" = enabled ]
seen=$(ticks)
soon has_ticks "$((seen + 3))"
kill "$reader"
soon reads alice tickcache.alice
soon is_live

step "a rejected key"
relay=$(property tickcache-relay MainPID)
inside systemctl stop tickcached@alice
soon answers '"freshness":"down","reason":"stopped"' /v1/price/BTCUSDT
[ "$(property tickcache-relay MainPID)" = "$relay" ] || fail "the relay does not survive a stop of the daemon"
says "was stopped" env TICKCACHE_SEGMENT=tickcache.alice tickcache status
echo ak_live_bad >"$root/etc/tickcache/alice.key"
inside systemctl start tickcached@alice
is_rejected() { [ "$(property tickcached@alice ExecMainStatus)" = 77 ]; }
soon is_rejected
sleep 3 # longer than RestartSec
[ "$(property tickcached@alice ActiveState)" = failed ]
[ "$(property tickcached@alice NRestarts)" = 0 ]
says "stopping: the exchange rejects the API key" systemctl status --no-pager tickcached@alice
if inside journalctl --no-pager | grep -F -e ak_live_good -e ak_live_bad; then
  fail "a key in the journal"
fi

step "stop"
inside systemctl stop tickcached
[ "$(property tickcached Result)" = success ]
says "tickcached was stopped" tickcache status
inside test -s /dev/shm/tickcache

step "remove and purge"
inside systemctl start tickcached
echo ak_live_good >"$root/etc/tickcache/alice.key"
inside systemctl start tickcached@alice
soon is_live
inside dpkg --remove tickcache-relay tickcache >/dev/null
for unit in tickcached tickcached@alice tickcache-relay; do
  [ "$(property "$unit" ActiveState)" = inactive ] || fail "$unit runs after the removal"
done
inside test -s /dev/shm/tickcache
inside test -s /etc/tickcache/api-key
inside test -s /etc/tickcache/relay.conf
echo "$token" >"$root/etc/tickcache/relay.token"
inside dpkg --purge tickcache-relay tickcache libtickcache0 >/dev/null 2>&1
for file in /etc/tickcache/relay.token /etc/systemd/system/multi-user.target.wants/tickcache-relay.service \
  /dev/shm/tickcache /dev/shm/tickcache.alice /etc/tickcache/api-key /etc/tickcache/alice.key \
  /etc/systemd/system/multi-user.target.wants/tickcached.service; do
  if inside test -e "$file"; then fail "purging leaves $file"; fi
done
step "all is well"

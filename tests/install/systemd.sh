#!/usr/bin/env bash
# systemd.sh PROGRAMS SIM: the units under a real systemd, which is process 1 of namespaces of its own
# on a clean Debian 12: start, status, reload, further accounts, waiting, watchdog, a rejected key, stop.
# PROGRAMS is a build directory with the prefix /usr, SIM the simulated exchange. Needs root.
set -euo pipefail
[ $# -eq 2 ] || { echo "Usage: systemd.sh PROGRAMS SIM" >&2; exit 2; }
programs=$1
sim=$2

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
libraries=libssl3,libspdlog1.10,libfmt9,libboost-program-options1.74.0
# shellcheck disable=SC2016 # apt's
debootstrap --variant=minbase --include="systemd,systemd-sysv,util-linux,$libraries" bookworm \
  "$root" "$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)" >/dev/null
chmod 755 "$root"
DESTDIR=$root cmake --install "$programs" >/dev/null
chroot "$root" ldconfig

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

step "start"
install -m 0600 /dev/stdin "$root/etc/tickcache/api-key" <<<ak_live_good
echo "url = $url" >>"$root/etc/tickcache/tickcached.conf"
inside systemctl start tickcached
[ "$(property tickcached ActiveState)" = active ]
inside systemctl start tickcache-wait
soon has_status tickcached "live: 620 symbols, 3 channels, 1 connection"
[ "$(inside stat -c '%U:%G %a' /dev/shm/tickcache)" = "tickcache:tickcache 640" ]
inside journalctl -u tickcached -p info -o cat --no-pager | grep -q '^segment "tickcache" is published'
if inside journalctl -u tickcached -p warning -o cat --no-pager | grep tickcached; then
  fail "warnings at the start"
fi

step "reload"
echo "log-level = debug" >>"$root/etc/tickcache/tickcached.conf"
inside systemctl reload tickcached
says "SIGHUP: the configuration was read again" journalctl -u tickcached -o cat --no-pager
[ "$(property tickcached ActiveState)" = active ]

step "a further account, in its own group"
inside groupadd --system tickcache-alice
inside useradd -G tickcache-alice alice
inside useradd -G tickcache bob
cp "$root/etc/tickcache/api-key" "$root/etc/tickcache/alice.key"
cp "$root/etc/tickcache/tickcached.conf" "$root/etc/tickcache/alice.conf"
inside systemctl start tickcached@alice
inside systemctl start tickcache-wait@alice
reads alice tickcache.alice
reads bob tickcache
if reads bob tickcache.alice; then fail "bob reads alice's segment"; fi
if reads alice tickcache; then fail "alice reads the other segment"; fi

step "a loop that stands still"
inside systemctl kill --signal=STOP tickcached
soon says "down: " tickcache status
was_restarted() { [ "$(property tickcached NRestarts)" -ge 1 ]; }
soon was_restarted
soon has_status tickcached live
says "Watchdog timeout" journalctl -u tickcached -o cat --no-pager

step "a rejected key"
inside systemctl stop tickcached@alice
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

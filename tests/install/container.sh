#!/usr/bin/env bash
# container.sh IMAGE SIM: the image in containers, by the words of docs/install.md: load, start, read from other
# containers as other users, the relay, health, stop. Then what is in it. SIM is the simulated exchange, on this
# machine's loopback. Needs root and Debian's podman, whose storage is a folder of this run.
set -euo pipefail
[ $# -eq 2 ] || { echo "Usage: container.sh IMAGE SIM" >&2; exit 2; }
image=$(realpath "$1")
sim=$(realpath "$2")
here=$(cd "$(dirname "$0")" && pwd)
page=$here/../../docs/install.md
exec </dev/null

work=$(mktemp -d)
pids=()

# What lets podman work in virtual machines and containers without systemd, and with the simulated exchange.
podman() {
  local command=$1 more=()
  shift
  [ "$command" != run ] || more=(--ulimit nofile=1024:1024 --ulimit nproc=1000:1000)
  [ "$command" != run ] || [[ $* == *--network* ]] || more+=(--network host)
  command podman --root "$work/root" --runroot "$work/run" --tmpdir "$work/tmp" --storage-driver vfs \
    --cgroup-manager cgroupfs --runtime runc --events-backend file "$command" "${more[@]}" "$@" 2>"$work/errors"
}
clean_up() {
  local code=$?
  [ "$code" -eq 0 ] || { cat "$work/errors"; podman logs tickcached; cat "$work/said"; } >&2 2>/dev/null || true
  podman rm --force --depend --time 0 tickcached other >/dev/null 2>&1 || true
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  # What tidies up after each container.
  for _ in $(seq 100); do
    pgrep -f -- "--root $work" >/dev/null || break
    sleep 0.1
  done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'echo "container.sh: line $LINENO: $BASH_COMMAND" >&2' ERR

step() { printf -- '-- %s (%s s)\n' "$1" "$SECONDS"; }
fail() { echo "container.sh: $1" >&2; return 1; }
soon() {
  for _ in $(seq 600); do
    "$@" && return
    sleep 0.1
  done
  fail "not within a minute: $*"
}
# command_of TEXT: the page's command that contains it, with its continuation lines.
command_of() {
  awk -v text="$1" '/^```/ { inside = !inside; next }
    inside && /^[#$] / { command = ""; keep = 1 }
    inside && keep { command = command $0 "\n"; if ($0 ~ /\\$/) next
                     if (index(command, text)) { print substr(command, 3); exit } keep = 0 }' "$page" |
    grep . || fail "docs/install.md has no command with: $1"
}
# run TEXT [FROM TO]…: runs that command of the page, with the words replaced that differ here.
run() {
  local command
  command=$(command_of "$1")
  shift
  while [ $# -gt 0 ]; do
    [[ $command == *"$1"* ]] || fail "no $1 in: $command"
    command=${command//"$1"/"$2"}
    shift 2
  done
  eval "$command" >"$work/said"
}

step "the exchange"
"$sim" --rate 500 --orders-per-second 2 >"$work/sim" 2>&1 &
pids+=($!)
soon grep -qs '^listening on ' "$work/sim"
url=$(sed -n 's/^listening on //p' "$work/sim")

step "load and start"
cd "$(dirname "$image")"
run 'podman load' "$(command_of 'podman load' | grep -o 'tickcache-.*tar')" "$(basename "$image")"
run 'podman secret create' ak_live_… ak_live_good
run 'podman run --detach --name tickcached' wss://exchange.example "$url"
run 'tickcache wait' '--timeout 30' '--timeout 300'
grep -q live "$work/said"
soon run 'podman exec tickcached'
grep -q '^feed  *live' "$work/said"

step "health"
soon run 'podman healthcheck run'

step "another image, another user"
run '--group-add' 'my-agent' '--user 12345 tickcache:0.1.0 tickcache wait BTCUSDT --timeout 300'
grep -q live "$work/said"
reads() { podman run --rm "$@" tickcache:0.1.0 tickcache get BTCUSDT >"$work/said"; }
if reads --ipc container:tickcached --user 12345; then fail "read without the group"; fi
grep -q 'may not be read by this user' "$work/errors"
if reads --ipc container:tickcached --user 12345 --group-add 10001 --env TICKCACHE_USER=10002; then
  fail "prices of a user who is not the daemon were taken"
fi
grep -q 'belongs to the user with the number 10001' "$work/errors"

step "the relay"
run 'podman run --detach --name relay' tickcache-relay 'tickcache-relay --listen 127.0.0.1:0'
relay_url() { podman logs relay >/dev/null; sed -n 's/.*listening on //p' "$work/errors" | grep .; }
soon relay_url >/dev/null
curl -fs --retry 60 "$(relay_url)/v1/price/BTCUSDT?require=live" >"$work/said"
grep -q '"freshness":"live"' "$work/said"

step "a stream that is told to end"
podman run --detach --name stream --ipc container:tickcached tickcache:0.1.0 tickcache stream all >"$work/said"
streams() { podman logs stream >"$work/said" && grep -q '"event":"ticker"' "$work/said"; }
soon streams
podman stop --time 120 stream >"$work/said"
[ "$(podman inspect stream --format '{{.State.ExitCode}}')" = $((128 + 15)) ]

step "user namespaces, over a shared /dev/shm"
mkdir -m 1777 "$work/shm"
podman run --detach --name other --volume "$work/shm:/dev/shm" --env AGENTEXCHANGE_API_KEY=ak_live_x \
  tickcache:0.1.0 tickcached --url "$url" >"$work/said"
from_shm() { reads --volume "$work/shm:/dev/shm:ro" "$@" && grep -q live "$work/said"; }
soon from_shm
# 10001, the daemon's user, is the same inside and outside; all others are not.
mapped=(--user 12345 --group-add 10001)
for ids in uid gid; do
  mapped+=("--${ids}map" 0:200000:10001 "--${ids}map" 10001:10001:1 "--${ids}map" 10002:210002:50000)
done
soon from_shm "${mapped[@]}"
if from_shm --user 12345 --group-add 10001 --uidmap 0:200000:65000 --gidmap 0:200000:65000; then
  fail "a daemon was trusted whose user has no number"
fi
grep -q 65534 "$work/errors"

step "stop"
run 'podman stop'
[ "$(podman inspect tickcached --format '{{.State.ExitCode}}')" = 0 ]
podman logs tickcached >/dev/null
grep -q 'SIGTERM' "$work/errors"

step "what is in it"
[ "$(stat -c %s "$image")" -lt 40000000 ]
[ "$(podman inspect tickcache:0.1.0 --format '{{.Config.User}}')" = 10001:10001 ]
for program in sh dpkg; do
  if podman run --rm tickcache:0.1.0 "$program"; then fail "there is a $program in the image"; fi
done
# For Docker: the other layout, with the health check that OCI's has no place for.
podman rm --force --depend --time 0 tickcached other >/dev/null
podman rmi tickcache:0.1.0 >/dev/null
podman pull --quiet "docker-archive:$image" >/dev/null
podman inspect tickcache:0.1.0 --format '{{json .HealthCheck}}' | grep -qF '["CMD","tickcache","status"]'
step "all is well"

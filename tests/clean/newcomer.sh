#!/usr/bin/env bash
# newcomer.sh REPORT: the README's commands, one after the other, as somebody types them who has just
# cloned the repository. Each is looked up in the README first, so that what is tried is what it says.
# Appends "passed WHAT" or "failed WHAT" to REPORT. It installs: for chroots only (machine.sh).
set -uo pipefail
report=$1
cd "$(dirname "$0")/../.."
failed=0
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null' EXIT

# in_readme LINE: what is tried stands there.
in_readme() { grep -qF -- "$1" README.md || { echo "not in README.md: $1" >&2; return 1; }; }

# try WHAT COMMAND…: one test.
try() {
  local what=$1 begun=$SECONDS verdict=passed
  shift
  echo "  $what"
  "$@" >/tmp/said 2>&1 </dev/null || verdict=failed
  if [ "$verdict" = failed ]; then
    tail -n 60 /tmp/said
    failed=1
  fi
  echo "  $verdict after $((SECONDS - begun)) s"
  echo "$verdict $what" >>"$report"
}

# readme LINE: runs a line of the README.
readme() { in_readme "$1" && bash -ec "$1"; }

demo() {
  readme scripts/demo && grep -q '^feed  *live' /tmp/said &&
    grep -q '^In a browser: http://127.0.0.1:' /tmp/said
}

packages() {
  readme 'scripts/package packages' &&
    readme 'apt install ./packages/{tickcache,libtickcache0,libtickcache-dev,python3-tickcache}_*.deb' &&
    readme 'install -m 0600 /dev/stdin /etc/tickcache/api-key <<< ak_live_…' &&
    tickcache --version && tickcached --version && python3 -c 'import tickcache' &&
    readme 'apt install ./packages/tickcache-relay_*.deb' && tickcache-relay --version
}

# The packages give way to it.
source_build() {
  apt-get -qq purge -y tickcache tickcache-relay libtickcache0 libtickcache-dev python3-tickcache && hash -r &&
    readme 'scripts/deps build' &&
    readme 'cmake --preset release && cmake --build --preset release' &&
    readme 'cmake --install build/release && ldconfig' &&
    /usr/local/bin/tickcache --version && /usr/local/sbin/tickcached --version &&
    /usr/local/bin/tickcache-relay --version
}

# Something to read: the simulated exchange and the daemon that was just installed.
start_feed() {
  local url=''
  build/release/tests/sim/tickcache-sim --rate 200 >/tmp/sim 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' /tmp/sim)
    [ -z "$url" ] || break
    sleep 0.1
  done
  AGENTEXCHANGE_API_KEY=ak_live_demo /usr/local/sbin/tickcached --url "$url" >/tmp/daemon 2>&1 &
  pids+=($!)
  tickcache wait BTCUSDT --timeout 30
}

# The README's code block that contains a text.
block() { awk -v text="$1" '/^```/ { if (keep ~ text) { printf "%s", keep; exit } keep = ""; next } { keep = keep $0 "\n" }' README.md; }

programs() {
  mkdir -p /tmp/c /tmp/cpp &&
    block tickcache_open >/tmp/c/price.c && block 'tickcache::Reader cache' >/tmp/cpp/price.cpp &&
    gcc /tmp/c/price.c -o /tmp/c/price $(pkg-config --cflags --libs tickcache) &&
    g++ -std=c++20 /tmp/cpp/price.cpp -o /tmp/cpp/price $(pkg-config --cflags --libs tickcache) &&
    /tmp/c/price BTCUSDT && /tmp/cpp/price BTCUSDT
}

fetch_content() {
  local source=$PWD
  block FetchContent_MakeAvailable >/tmp/cpp/readme.cmake &&
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(strategy CXX)' \
      'add_executable(strategy price.cpp)' 'include(readme.cmake)' >/tmp/cpp/CMakeLists.txt &&
    cmake -G Ninja -S /tmp/cpp -B /tmp/cpp/build -DFETCHCONTENT_SOURCE_DIR_TICKCACHE="$source" &&
    cmake --build /tmp/cpp/build && /tmp/cpp/build/strategy BTCUSDT &&
    [ "$(ninja -C /tmp/cpp/build -t targets all | grep -c '\.o:')" -le 25 ]
}

python() {
  readme 'apt install g++ python3-dev python3-setuptools python3-venv python3-wheel' &&
    readme '/usr/bin/python3 -m venv --system-site-packages venv' &&
    readme 'venv/bin/pip install --no-build-isolation --no-index ./bindings/python' &&
    venv/bin/python -c 'import tickcache; print(tickcache.Cache().price("BTCUSDT"))'
}

try "scripts/demo" demo
try "scripts/package, and its packages" packages
try "without packages" source_build
try "a feed to read" start_feed
try "the README's C and C++ programs" programs
try "FetchContent" fetch_content
try "Python" python
exit "$failed"

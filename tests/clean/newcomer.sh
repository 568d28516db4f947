#!/usr/bin/env bash
# newcomer.sh REPORT: the README's commands, one after the other, as somebody types them who has just
# cloned the repository, and those of docs/install.md for the sources. It installs: for chroots only (machine.sh).
set -uo pipefail
report=$1
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/clean/steps.sh
. tests/clean/steps.sh

demo() {
  page scripts/demo && grep -q '^feed  *live' /tmp/said &&
    grep -q '^In a browser: http://127.0.0.1:' /tmp/said
}

demo_redis() {
  page 'apt install redis-server' && page 'scripts/demo redis' &&
    grep -q '^upstream  *redis://' /tmp/said && grep -q '^BTCUSDT .* stale: ' /tmp/said &&
    tail -n 1 /tmp/said | grep -q '^BTCUSDT .* live$'
}

packages() {
  page 'scripts/package packages' &&
    page 'apt install ./packages/{tickcache,libtickcache0,libtickcache-dev,python3-tickcache}_*.deb' &&
    page 'install -m 0600 /dev/stdin /etc/tickcache/api-key <<< ak_live_…' &&
    tickcache --version && tickcached --version && python3 -c 'import tickcache' &&
    page 'apt install ./packages/tickcache-relay_*.deb' && tickcache-relay --version &&
    page 'apt install ./packages/tickcache-redis_*.deb' && tickcache-redis --version
}

# The packages give way to it.
source_build() {
  apt-get -qq purge -y '~i~ntickcache' && hash -r &&
    page 'scripts/deps build' &&
    page 'cmake --preset release && cmake --build --preset release' &&
    page 'cmake --install build/release && ldconfig' &&
    /usr/local/bin/tickcache --version && /usr/local/sbin/tickcached --version &&
    /usr/local/bin/tickcache-relay --version && /usr/local/bin/tickcache-redis --version
}

programs() {
  mkdir -p /tmp/c /tmp/cpp &&
    block tickcache_open >/tmp/c/price.c && block 'tickcache::Reader cache' >/tmp/cpp/price.cpp &&
    gcc /tmp/c/price.c -o /tmp/c/price $(pkg-config --cflags --libs tickcache) &&
    g++ -std=c++20 /tmp/cpp/price.cpp -o /tmp/cpp/price $(pkg-config --cflags --libs tickcache) &&
    /tmp/c/price BTCUSDT && /tmp/cpp/price BTCUSDT
}

fetch_content() {
  cmake_project /tmp/fetched FetchContent_MakeAvailable -DFETCHCONTENT_SOURCE_DIR_TICKCACHE="$source" &&
    [ "$(ninja -C /tmp/fetched/build -t targets all | grep -c '\.o:')" -le 25 ]
}

try "scripts/demo" demo
try "scripts/demo redis" demo_redis
try "scripts/package, and its packages" packages
try "from source" source_build
try "a feed to read" start_feed build/release/tests/sim/tickcache-sim /usr/local/sbin/tickcached
try "the README's C and C++ programs" programs
try "FetchContent" fetch_content
cd packages || exit 1
try "the wheel" wheel
exit "$failed"

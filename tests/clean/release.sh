#!/usr/bin/env bash
# release.sh REPORT: each file of the release in /srv/release, installed and used by the words of docs/install.md.
# (The image needs more than a chroot: tests/install/container.sh.) It installs: for chroots only (machine.sh).
set -uo pipefail
report=$1
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/clean/steps.sh
. tests/clean/steps.sh
# The sources of the release, not of the clone.
built=/srv/release/tickcache-0.1.0

sums() { page 'sha256sum --check SHA256SUMS'; }

# Each file is in the bill of materials, and whatever that relates to each other is.
bill() {
  python3 -c '
import json, os
bill = json.load(open("tickcache-0.1.0.spdx.json"))
known = {package["SPDXID"]: package for package in bill["packages"]} | {"SPDXRef-DOCUMENT": {}}
ends = {relation[end] for relation in bill["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
files = {package["packageFileName"] for package in bill["packages"] if "packageFileName" in package}
assert ends == set(known), ends ^ set(known)
assert files == set(os.listdir()) - {"SHA256SUMS", "tickcache-0.1.0.spdx.json", "tickcache-0.1.0"}, files
assert {"libc6", "libssl3", "ca-certificates", "libboost-dev", "uplot"} <= {p["name"] for p in bill["packages"]}'
}

sources() (
  export CCACHE_BASEDIR=$built # what was compiled elsewhere is the same
  page 'tar -xf tickcache-0.1.0-source.tar.gz && cd tickcache-0.1.0' && cd tickcache-0.1.0 &&
    page 'scripts/deps build' && page 'cmake --preset release && cmake --build --preset release' &&
    cmake --build --preset release --target tickcache-sim
)

debian() {
  page 'apt install ./tickcache_*.deb ./libtickcache0_*.deb' &&
    page 'install -m 0600 /dev/stdin /etc/tickcache/api-key <<< ak_live_…' &&
    page 'apt install ./tickcache-relay_*.deb ./libtickcache-dev_*.deb ./python3-tickcache_*.deb' &&
    start_feed "$built/build/release/tests/sim/tickcache-sim" /usr/sbin/tickcached &&
    /usr/bin/python3 -c 'import tickcache; print(tickcache.Cache().price("BTCUSDT"))'
}

relay() {
  tickcache-relay >/tmp/relay 2>&1 &
  pids+=($!)
  apt-get -qq install -y curl && curl -fsS --retry 20 --retry-connrefused \
    'http://127.0.0.1:8010/v1/price/BTCUSDT?require=live'
}

source_distribution() {
  rm -rf venv &&
    page 'apt install g++ python3-dev python3-setuptools python3-venv python3-wheel' &&
    page '/usr/bin/python3 -m venv --system-site-packages venv' &&
    page 'venv/bin/pip install --no-build-isolation --no-index ./tickcache-0.1.0.tar.gz' &&
    venv/bin/python -c 'import tickcache; print(tickcache.__file__, tickcache.Cache().price("BTCUSDT"))' |
    grep "^$PWD/venv/"
}

node_package() {
  "$built/scripts/deps" package && page 'npm install ./tickcache-0.1.0.tgz' &&
    node -e 'console.log(new (require("tickcache").Cache)().price("BTCUSDT"))'
}

# In place of the packages, whose daemon ends.
source_install() {
  kill "${pids[@]}" && wait && pids=() &&
    apt-get -qq purge -y '~i~ntickcache' && hash -r &&
    cd "$built" && page 'cmake --install build/release && ldconfig' &&
    start_feed build/release/tests/sim/tickcache-sim /usr/local/sbin/tickcached &&
    /usr/local/bin/tickcache get BTCUSDT
}

cd /srv/release || exit 1
try "SHA256SUMS" sums
try "the sources" sources
try "the Debian packages" debian
try "the bill of materials" bill
try "the relay's package" relay
try "find_package, with the Debian packages" cmake_project /tmp/found find_package.tickcache
try "the wheel" wheel
try "the source distribution for Python" source_distribution
try "the npm package" node_package
try "the sources, installed" source_install
exit "$failed"

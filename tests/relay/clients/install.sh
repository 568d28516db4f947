#!/bin/sh
# install.sh SOURCE BUILD: the programs of SOURCE and the packages of their lock, in BUILD. Without
# the network if npm's cache has them, or they are there already.
set -eu
mkdir -p "$2"
cp "$1"/*.mjs "$1"/*.py "$1"/package*.json "$1"/.npmrc "$1"/../browser/page_test.mjs "$2"
cd "$2"
cmp -s package-lock.json node_modules/.installed || {
  npm ci --prefer-offline --no-audit --no-fund
  cp package-lock.json node_modules/.installed
}

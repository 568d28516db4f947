#!/bin/sh
# install.sh SOURCE BUILD: the programs of SOURCE and the packages of their lock, in BUILD.
set -eu
"$(dirname "$0")/../../support/npm_ci" "$1" "$2"
cp "$1"/*.mjs "$1"/*.py "$1"/../browser/page_test.mjs "$2"

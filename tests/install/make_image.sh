#!/bin/sh
# make_image.sh BUILD IMAGE: the container image of a build, made twice to see that it comes out the same.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR="$work/root" cmake --install "$1" --strip >"$work/log" || { cat "$work/log" >&2; exit 1; }
export SOURCE_DATE_EPOCH=1767225600
scripts=$(dirname "$0")/../../scripts
"$scripts/image" "$work/root" "$2"
"$scripts/image" "$work/root" "$work/again"
cmp "$2" "$work/again"

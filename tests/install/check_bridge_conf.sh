#!/bin/sh
# check_bridge_conf.sh FILE PROGRAM: the installed file documents every option of a bridge with its
# default, in the order of the program's own list, and no other.
set -eu
documented=$(sed -n 's/^#\([a-z-]\{1,\} =\)/\1/p' "$1")
defaults=$(env -u TICKCACHE_SEGMENT "$2" --check-config --config=/dev/null)
[ "$documented" = "$defaults" ] || {
  printf 'documented:\n%s\n\nin force without it:\n%s\n' "$documented" "$defaults" >&2
  exit 1
}
if grep -n '^.\{101,\}' "$1"; then exit 1; fi
# Each documented line can be used as it is.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%s\n' "$documented" >"$folder/its.conf"
env -u TICKCACHE_SEGMENT "$2" --check-config --config="$folder/its.conf" >/dev/null

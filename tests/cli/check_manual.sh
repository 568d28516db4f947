#!/bin/sh
# check_manual.sh FOLDER: its manual pages are there, and groff has nothing to say against them.
set -eu
for page in tickcache.1 tickcache-sim.1 tickcached.8 tickcached.conf.5 tickcache-relay.8 tickcache-redis.8; do
  warnings=$(groff -K utf8 -t -ww -b -z -man -Tutf8 "$1/$page" 2>&1)
  [ -z "$warnings" ] || { printf '%s\n' "$page: $warnings" >&2; exit 1; }
  # Whatever the generator could not fill in.
  if grep -n '@[A-Z_]*@' "$1/$page"; then exit 1; fi
done

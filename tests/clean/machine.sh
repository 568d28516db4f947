#!/usr/bin/env bash
# machine.sh REPORT [RELEASE]: what the README promises, on a Debian 12 that has nothing but git (newcomer.sh, in a
# chroot); or, with the folder that scripts/release made, what docs/install.md promises (release.sh).
# Appends "passed WHAT" or "failed WHAT" to REPORT for each step. Needs root and debootstrap.
#
# The bare system and the packages that were downloaded are kept for a week, in the user's cache folder.
set -euo pipefail
[ $# -eq 1 ] || [ $# -eq 2 ] || { echo "Usage: machine.sh REPORT [RELEASE]" >&2; exit 2; }
report=$(realpath "$1")
release=$(realpath "${2:-/}")
cd "$(dirname "$0")/../.."
[ "$(id -u)" -eq 0 ] || { echo "machine.sh: needs root (debootstrap, chroot)" >&2; exit 1; }

kept=${XDG_CACHE_HOME:-$HOME/.cache}/tickcache
bare=$kept/debian-12
root=$(mktemp -d)
# Not while something of this machine is mounted there.
trap 'grep -qF " $root/" /proc/self/mounts || rm -rf --one-file-system "$root"' EXIT

# shellcheck disable=SC2016 # apt's
make_bare() {
  rm -rf --one-file-system "$bare" "$bare.new"
  mkdir -p "$kept"
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$bare.new" \
    "$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)" >"$kept/log" 2>&1 ||
    { tail -n 60 "$kept/log" >&2; return 1; }
  mv "$bare.new" "$bare"
  touch "$bare"
}

[ -n "$(find "$bare" -maxdepth 0 -mtime -7 2>/dev/null)" ] || make_bare
chmod 755 "$root"
cp -a --reflink=auto "$bare/." "$root"
# This machine's ways to the packages: sources, keys and proxies.
rm "$root/etc/apt/sources.list"
cp -a /etc/apt/. "$root/etc/apt/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# And those to npm's: certificates that this machine trusts beside Debian's.
[ ! -d /usr/local/share/ca-certificates ] || cp -a /usr/local/share/ca-certificates "$root/usr/local/share/"
chroot "$root" update-ca-certificates >/dev/null 2>&1
echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/99-assume-yes"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
git clone -q . "$root/srv/tickcache"
script=newcomer.sh
if [ "$release" != / ]; then
  script=release.sh
  cp -r "$release" "$root/srv/release"
fi
mkdir -p "$root/dev/shm" "$root/srv/ccache" "$root/srv/report" "$kept/archives/partial"
# Of compilations too: the sources lie elsewhere there, but are the same.
compiled=${CCACHE_DIR:-$HOME/.cache/ccache}
mkdir -p "$compiled"

# In namespaces of its own, so that no mount and no process stays behind, whatever happens.
enter() {
  set -euo pipefail
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount --bind "$kept/archives" "$root/var/cache/apt/archives"
  mount --bind "$compiled" "$root/srv/ccache"
  mount --bind "$(dirname "$report")" "$root/srv/report"
  exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    CCACHE_DIR=/srv/ccache CCACHE_BASEDIR=/srv/tickcache CCACHE_NOHASHDIR=1 \
    "/srv/tickcache/tests/clean/$script" "/srv/report/$(basename "$report")"
}
export root kept compiled report script
export -f enter
# In a chroot, "/" is not a mount whose propagation could be changed.
propagation=private
grep -q '^[^ ]* [^ ]* [^ ]* [^ ]* / ' /proc/self/mountinfo || propagation=unchanged
unshare --mount --propagation "$propagation" --pid --fork --kill-child bash -c enter </dev/null

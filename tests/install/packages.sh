# shellcheck shell=bash
# Of the Debian packages; read by chroot.sh and systemd.sh.

# packages FOLDER: those that users install.
packages() { find "$1" -name '*.deb' ! -name '*dbgsym*'; }

# make_upgrade DEBS OUT: the same packages under a later version, with another line in the configuration
# that they ship.
make_upgrade() {
  local deb folder work
  work=$(mktemp -d)
  for deb in $(packages "$1"); do
    folder="$work/$(basename "$deb" .deb)"
    dpkg-deb --raw-extract "$deb" "$folder"
    sed -i -E 's/^(Version: .*)$/\1+later/; s/(\(= [^)]*)\)/\1+later)/g' "$folder/DEBIAN/control"
    if [ -e "$folder/etc/tickcache/tickcached.conf" ]; then
      echo '# The next version says more.' >>"$folder/etc/tickcache/tickcached.conf"
      (cd "$folder" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z |
        xargs -0 md5sum >DEBIAN/md5sums)
    fi
    dpkg-deb --root-owner-group --build "$folder" "$2" >/dev/null
  done
  rm -rf "$work"
}

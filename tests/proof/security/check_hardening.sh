#!/bin/sh
# check_hardening.sh PROGRAM... -- LIBRARY...: whether they were built with what makes an attack
# harder: position-independent, read-only relocations bound at once, no executable stack, stack
# protector, FORTIFY, no writable code.
set -eu

bad=0
complain() {
  echo "$1: $2"
  bad=1
}

check() {
  file=$1
  header=$(readelf -hW "$file")
  segments=$(readelf -lW "$file")
  dynamic=$(readelf -dW "$file")
  symbols=$(readelf -sW --dyn-syms "$file")
  echo "$header" | grep -q 'Type: *DYN' || complain "$file" "not position-independent"
  echo "$segments" | grep -q 'GNU_RELRO' || complain "$file" "relocations stay writable"
  echo "$dynamic" | grep -Eq 'BIND_NOW|FLAGS_1.*NOW' || complain "$file" "binds lazily"
  echo "$segments" | grep 'GNU_STACK' | grep -q 'RW ' || complain "$file" "executable stack"
  echo "$segments" | grep 'LOAD' | grep -q 'RWE' && complain "$file" "writable code"
  echo "$dynamic" | grep -q 'TEXTREL' && complain "$file" "relocations in code"
  echo "$symbols" | grep -q '__stack_chk_fail' || complain "$file" "no stack protector"
  echo "$symbols" | grep -Eq '__(mem|str|vsn|sn|vfp|fp|p|read|recv|poll)[a-z]*_chk' ||
    complain "$file" "no FORTIFY"
}

kind=program
for file in "$@"; do
  if [ "$file" = -- ]; then
    kind=library
    continue
  fi
  check "$file"
  if [ $kind = program ]; then
    readelf -dW "$file" | grep -q 'FLAGS_1.*PIE' || complain "$file" "no PIE"
  fi
done
exit $bad

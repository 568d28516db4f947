#!/bin/sh
# check_table.sh TABLE PROGRAM...: every test that TABLE names (`program: test case`) is one of a
# PROGRAM's, and every row from 1 to 33 names one.
set -eu

table=$1
shift
exist=$(mktemp)
trap 'rm -f "$exist"' EXIT
for program in "$@"; do
  "$program" --no-version --list-test-cases | sed "s/^/$(basename "$program"): /"
done > "$exist"

bad=0
grep -o '`[a-z_]*_test: [^`]*`' "$table" | tr -d '`' | {
  while IFS= read -r test; do
    grep -Fxq -- "$test" "$exist" || { echo "no such test: $test"; bad=1; }
  done
  exit $bad
} || bad=1

row=1
while [ $row -le 33 ]; do
  grep -Eq "^\| $row \|.*\`[a-z_]*_test: fault $row: [^\`]*\`" "$table" || {
    echo "row $row names no test of its own"
    bad=1
  }
  row=$((row + 1))
done
exit $bad

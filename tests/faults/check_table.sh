#!/bin/sh
# check_table.sh FAULTS SECURITY PROGRAM|FILE.py|FILE.mjs...: checks the pages docs/faults.md and
# docs/security.md against the test programs. Pages name a test as `program: test case` or
# `file.py: function` or `file.mjs: test`.
#   - Every test that a page names exists.
#   - Every test named after fault N is listed in FAULTS under "### Fault N".
#   - FAULTS has a table row and a test named after the fault for each N from 1 to 72.
set -eu

faults=$1
security=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exist=$work/exist
listed=$work/listed # "N program: test case" for each entry under "### Fault N"
: > "$work/problems"
problem() { echo "$1" | tee -a "$work/problems"; }

for tests in "$@"; do
  case $tests in
    *.py) sed -n 's/^def \(test_[a-z0-9_]*\)(.*/\1/p' "$tests" ;;
    *.mjs) sed -n 's/^test("\([^"]*\)",.*/\1/p' "$tests" ;;
    *) "$tests" --no-version --list-test-cases ;;
  esac | sed "s/^/$(basename "$tests"): /"
done > "$exist"

awk '/^#/ { row = /^### Fault [0-9]+$/ ? $3 : "" }
  row != "" && /^- `.*`$/ { print row, substr($0, 4, length($0) - 4) }' "$faults" > "$listed"

grep -Eho '`[a-z_.]*(_test|\.py|\.mjs): [^`]*`' "$faults" "$security" | tr -d '`' | while IFS= read -r test; do
  grep -Fxq -- "$test" "$exist" || problem "no such test: $test"
done

sed -nE 's/^.*: (fault ([0-9]+): |test_fault_([0-9]+)_).*$/\2\3 &/p' "$exist" | while read -r row test; do
  grep -Fxq -- "$row $test" "$listed" || problem "not listed under fault $row: $test"
done

for row in $(seq 72); do
  grep -q "^| \[$row\](#fault-$row) | " "$faults" || problem "the table has no row $row"
  grep -Eq "^$row [a-z_.]*((_test|\.mjs): fault $row: |\.py: test_fault_${row}_)" "$listed" ||
    problem "fault $row names no test of its own"
done
[ ! -s "$work/problems" ]

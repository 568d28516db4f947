#!/bin/sh
# check_table.sh TABLE PAGE PROGRAM|FILE.py...: every test that TABLE or PAGE names
# (`program: test case`, or `file.py: function`) is one of those, every test that is named after a
# fault is in TABLE, and every row from 1 to 49, and 72, names one.
set -eu

table=$1
page=$2
shift 2
exist=$(mktemp)
trap 'rm -f "$exist"' EXIT
for tests in "$@"; do
  case $tests in
    *.py) sed -n 's/^def \(test_[a-z0-9_]*\)(.*/\1/p' "$tests" ;;
    *) "$tests" --no-version --list-test-cases ;;
  esac | sed "s/^/$(basename "$tests"): /"
done > "$exist"

bad=0
grep -Eho '`[a-z_]*(_test|\.py): [^`]*`' "$table" "$page" | tr -d '`' | {
  while IFS= read -r test; do
    grep -Fxq -- "$test" "$exist" || { echo "no such test: $test"; bad=1; }
  done
  exit $bad
} || bad=1

grep -E ': (fault [0-9]+: |test_fault_)' "$exist" | {
  while IFS= read -r test; do
    grep -Fq -- "\`$test\`" "$table" || { echo "not in the table: $test"; bad=1; }
  done
  exit $bad
} || bad=1

for row in $(seq 49) 72; do
  grep -Eq "^\| $row \|.*\`[a-z_]*(_test: fault $row: |\.py: test_fault_${row}_)[^\`]*\`" "$table" || {
    echo "row $row names no test of its own"
    bad=1
  }
done
exit $bad

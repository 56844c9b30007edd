#!/bin/sh
# Runs the soak tests one after the other; shows their lines and whatever failed.
set -u
status=0
printf '%-4s %-44s %10s %8s %9s\n' '' test count errors worst_ms
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for name in $("$1" --gtest_list_tests | awk '/^[^ ]/{suite=$1; next} {print suite $1}'); do
  if "$1" --gtest_filter="$name" >"$out" 2>&1; then
    awk '/^SOAK/{printf "%-4s %-44s %10s %8s %9s\n", "", $2, $3, $4, $5}
         /Skipped/{skipped=1} END{if (skipped) print "     '"$name"' skipped"}' "$out"
  else
    status=1
    echo "FAIL $name"
    grep -v '^\[\(=\|-\| RUN\|  FAILED\)' "$out" | head -60
  fi
done
exit $status

#!/bin/bash
# Runs GoogleTest programs one after the other: run_tests.sh PROGRAM...
# Prints what failed and, last, "N passed, N failed" (", N skipped" if any). A program that crashes,
# takes longer than TEST_TIMEOUT seconds, runs no test or has a word from a sanitizer, its own or of a
# program that it started, counts as a failure.
set -uo pipefail

limit=${TEST_TIMEOUT:-900}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0

report='runtime error: |ERROR: (Address|Leak|Thread)Sanitizer'
count() { grep -cE "$1" "$2"; }

for program in "$@"; do
  name=$(basename "$program")
  log=$logs/$name
  timeout --kill-after=5 "$limit" "$program" --gtest_color=no >"$log" 2>&1 </dev/null
  status=$?
  ok=$(count '^\[       OK \] ' "$log")
  bad=$(count '^\[  FAILED  \] .*\([0-9]+ ms\)$' "$log")
  skip=$(count '^\[  SKIPPED \] .*\([0-9]+ ms\)$' "$log")
  trouble=
  if [ $status -eq 124 ] || [ $status -eq 137 ]; then trouble="took longer than $limit s"
  elif [ $((ok + bad + skip)) -eq 0 ]; then trouble="ran no test (exit status $status)"
  elif [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then trouble="ended with status $status"
  elif grep -qE "$report" "$log"; then trouble="has $(count "$report" "$log") reports of a sanitizer"
  fi
  [ -n "$trouble" ] && bad=$((bad + 1))
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))

  if [ "$bad" -eq 0 ]; then
    printf 'ok    %-40s %s passed%s\n' "$name" "$ok" "$([ "$skip" -gt 0 ] && echo ", $skip skipped")"
    # A skipped test says why.
    grep -A3 -E ': Skipped$' "$log" | grep -vE '^(--|\[|$|.*: Skipped$)' | sort -u | sed 's/^/        skipped: /'
  else
    printf 'FAIL  %-40s %s passed, %s failed\n' "$name" "$ok" "$bad"
    if [ -n "$trouble" ]; then
      echo "      $name $trouble; its last words:"
      { grep -E -A15 "$report" "$log" | head -n 200; tail -n 40 "$log"; } | sed 's/^/      /'
    else
      # The blocks between "[ RUN" and "[  FAILED" of the failed tests, not those of the others.
      awk '/^\[ RUN      \]/ {block = ""} {block = block "      " $0 "\n"}
           /^\[  FAILED  \] .*\([0-9]+ ms\)$/ {printf "%s", block; block = ""}' "$log" | tail -n 400
    fi
  fi
done

printf '%s passed, %s failed%s\n' "$passed" "$failed" "$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

#!/bin/bash
# Builds every fuzz target with clang's libFuzzer, AddressSanitizer and UBSan, and runs each for
# FUZZ_SECONDS (default 60) from the seeds in tests/fuzz/corpus/TARGET and, for HTTP/1, the octets of
# the conformance cases: fuzz.sh [TARGET...]
# What it finds stays in build/fuzz/TARGET.found; a crash ends it with status 1.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh build tools
sanitize=address,undefined,fuzzer-no-link
make -s -j"$(nproc)" BUILD=build/fuzz CXX=clang++-14 SANITIZE=$sanitize OPT='-O1 -g1' \
  build/fuzz/libconvoy.a build/fuzz/obj/tests/conformance/{case_file,players,h2_players}.o

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=($(basename -a -s .cc tests/fuzz/*_fuzz.cc))
packages="libuv libnghttp2 openssl jsoncpp yaml-cpp libcares re2 spdlog fmt prometheus-cpp-core zlib"
for target in "${targets[@]}"; do
  # shellcheck disable=SC2046
  clang++-14 -std=c++20 -O1 -g1 -fsanitize=address,undefined,fuzzer -I. \
    $(pkg-config --cflags $packages | sed 's/-I/-isystem /g') "tests/fuzz/$target.cc" \
    build/fuzz/obj/tests/conformance/{case_file,players,h2_players}.o build/fuzz/libconvoy.a \
    -o "build/fuzz/$target" $(pkg-config --libs $packages) -lhttp_parser
  mkdir -p "build/fuzz/$target.corpus" "build/fuzz/$target.found"
  case $target in
    h1_request_fuzz) scripts/fuzz_seeds.py request "build/fuzz/$target.corpus" ;;
    h1_response_fuzz) scripts/fuzz_seeds.py response "build/fuzz/$target.corpus" ;;
    chunk_decoder_fuzz) scripts/fuzz_seeds.py chunks "build/fuzz/$target.corpus" ;;
  esac
  seeds=(); [ -d "tests/fuzz/corpus/$target" ] && seeds=("tests/fuzz/corpus/$target")
  echo "== $target"
  "build/fuzz/$target" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/$target.found/" \
    "build/fuzz/$target.corpus" "${seeds[@]}"
done

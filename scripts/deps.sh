#!/bin/bash
# Installs the Debian packages that Convoy needs and that are missing:
# deps.sh [build] [test] [tools] [bench] [browser]
# Says nothing and takes no time when all are there. Where it may not install, it prints the command
# and fails.
set -euo pipefail

build=(make g++ pkg-config libuv1-dev libhttp-parser-dev libnghttp2-dev libjsoncpp-dev libyaml-cpp-dev
       libc-ares-dev libre2-dev libssl-dev zlib1g-dev libspdlog-dev libfmt-dev libcli11-dev prometheus-cpp-dev)
test=(libgtest-dev libgmock-dev nginx-light wrk nghttp2-client redis-server prometheus curl openssl
      python3 systemd)
bench=(nginx-light libnginx-mod-stream haproxy wrk nghttp2-client nghttp2-proxy nghttp2-server openssl
       python3 python3-venv)
browser=(chromium chromium-driver fonts-dejavu-core wrk openssl python3)
tools=(git python3 clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14)

wanted=()
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    tools) wanted+=("${tools[@]}") ;;
    browser) wanted+=("${browser[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *) echo "deps.sh: no group '$group' (build, test, tools, bench or browser)" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "deps.sh: not a Debian system; install the equivalents of: ${wanted[*]}" >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null |
            awk '$2 == "installed" {print $1}') || true
missing=()
for package in "${wanted[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    echo "deps.sh: these packages are missing and only root may install them. Run:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi

# The tests and the benchmark start nginx, haproxy, redis and prometheus by themselves, on ports of
# their own: the services that come with the packages must not start now, nor at the next boot.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod 0755 $policy
  trap '"${as_root[@]}" rm -f $policy' EXIT
fi

echo "deps.sh: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
if [ -d /run/systemd/system ]; then
  for service in nginx haproxy redis-server prometheus nghttpx; do
    case " ${missing[*]} " in
      *" $service"*) "${as_root[@]}" systemctl disable --quiet "$service" 2>/dev/null || true ;;
    esac
  done
fi

#!/bin/bash
# Runs the container image the ways Envoy's is run: image_test.sh IMAGE
# Every container has no network but its own loopback; requests are made from inside that network.
# Prints one line for each check and "N passed, N failed"; what cannot be tried here is said.
set -uo pipefail
image=$1
passed=0 failed=0
work=$(mktemp -d)
started=()
cleanup() {
  for id in "${started[@]}"; do podman rm -f -t 1 "$id" >/dev/null 2>&1; done
  rm -rf "$work"
}
trap cleanup EXIT
check() {  # check WHAT COMMAND...: passes if the command does
  local what=$1; shift
  if "$@" >"$work/out" 2>&1; then echo "ok      $what"; passed=$((passed + 1))
  else echo "FAILED  $what"; sed 's/^/          /' "$work/out" | tail -n 15; failed=$((failed + 1)); fi
}

for tool in podman nsenter curl; do
  command -v $tool >/dev/null || { echo "image_test.sh: $tool is missing: nothing was tested" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "image_test.sh: run as root: it enters the containers' networks" >&2; exit 1; }
# Hosts without systemd, or with the cgroups of old, need some options before any container starts.
run=()
for try in "" "--cgroup-manager cgroupfs" "--cgroup-manager cgroupfs --runtime runc" "--cgroup-manager cgroupfs --runtime runc --ulimit nofile=4096:4096 --ulimit nproc=1000:1000"; do
  read -ra words <<<"$try"
  global=() local=()
  for ((i = 0; i < ${#words[@]}; i += 2)); do
    case ${words[i]} in --ulimit) local+=("${words[@]:i:2}") ;; *) global+=("${words[@]:i:2}") ;; esac
  done
  if podman "${global[@]}" run --rm --network none "${local[@]}" "$image" --version >"$work/version" 2>"$work/why"; then
    run=(podman "${global[@]}" run -d --network none "${local[@]}"); break
  fi
done
[ ${#run[@]} -gt 0 ] || { cat "$work/why"; echo "image_test.sh: podman cannot start a container here: nothing was tested"; exit 1; }

# start NAME OPTION... -- ARGUMENT...: as a hardened pod does. Sets $id and $pid.
hardened=(--read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges)
start() {
  local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
  id=$("${run[@]}" "${hardened[@]}" "${options[@]}" "$image" "$@") || {
    echo "FAILED  podman cannot start: $*"; failed=$((failed + 1)); return 1
  }
  started+=("$id")
  pid=$(podman inspect -f '{{.State.Pid}}' "$id")
}
get() { nsenter -t "$pid" -n curl -s --max-time 5 "$@"; }
answers() {  # answers URL TEXT: within ten seconds
  local i
  for ((i = 0; i < 100; i++)); do
    [[ $(get "$1") == *"$2"* ]] && return 0
    [ "$(podman inspect -f '{{.State.Running}}' "$id")" = true ] || break
    sleep 0.1
  done
  podman logs "$id" 2>&1 | tail -n 12; return 1
}
stop() { podman rm -f -t 1 "$id" >/dev/null 2>&1; }
uid_is() { [ "$(awk '/^Uid:/{print $2}' "/proc/$pid/status")" = "$1" ]; }

mkdir -p "$work/config" && chmod 755 "$work" "$work/config"
cat > "$work/config/v3.yaml" <<'YAML'
static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: h
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            virtual_hosts:
            - { name: v, domains: ["*"], routes: [ { match: { prefix: / }, direct_response: { status: 200, body: { inline_string: from v3 } } } ] }
YAML
# The short v2 document of Envoy's first years, with a listener in front of it that answers.
cat > "$work/config/envoy.json" <<'JSON'
{"admin": {"access_log_path": "/dev/null", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8001}}},
 "static_resources": {
  "listeners": [{"name": "listener_0", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 8080}},
   "filter_chains": [{"filters": [{"name": "envoy.http_connection_manager", "config": {
     "stat_prefix": "ingress_http", "http_filters": [{"name": "envoy.router"}],
     "route_config": {"virtual_hosts": [{"name": "service", "domains": ["*"],
       "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "service"}}]}]}}}]}]}],
  "clusters": [{"name": "service", "connect_timeout": "0.25s", "type": "strict_dns", "lb_policy": "round_robin",
    "hosts": [{"socket_address": {"address": "127.0.0.1", "port_value": 8001}}]}]}}
JSON
printf 'static_resources: [' > "$work/config/broken.yaml"
chmod 644 "$work"/config/*

check "it prints Envoy's kind of version" grep -Eq 'version: [0-9a-f]{40}/1\.37\.0' "$work/version"

start -- && check "user 65532, read-only root, no capability, no configuration" answers http://127.0.0.1:10000/ "Convoy runs"
check "  it is 65532 indeed" uid_is 65532
check "  /ready" answers http://127.0.0.1:10000/ready LIVE
check "  exec reload --wait" podman exec "$id" convoy reload --wait
check "  exec drain --wait" podman exec "$id" convoy drain --wait --drain-timeout 5
podman stop -t 20 "$id" >/dev/null
check "  SIGTERM ends it with status 0" test "$(podman inspect -f '{{.State.ExitCode}}' "$id")" = 0
stop

start --user 1000660000:0 -v "$work/config:/etc/envoy:ro" -e ENVOY_CONFIG=/etc/envoy/v3.yaml -- &&
  check "a random user, read-only root, ENVOY_CONFIG" answers http://127.0.0.1:8080/ "from v3"
check "  it is that user" uid_is 1000660000
stop

start -v "$work/config:/etc/envoy:ro" -e ENVOY_CONFIG=/etc/envoy/envoy.json -- &&
  check "ENVOY_CONFIG names a v2 document" answers http://127.0.0.1:8080/ready LIVE
stop

start -v "$work/config/v3.yaml:/etc/envoy/envoy.yaml:ro" -- &&
  check "a configuration mounted at Envoy's place, no arguments" answers http://127.0.0.1:8080/ "from v3"
stop

start -v "$work/config:/config:ro" -- "-c /config/v3.yaml" "--service-cluster contour" "--service-node node-1" "--log-level info" &&
  check "flag and value in one argument" answers http://127.0.0.1:8080/ "from v3"
stop

start -v "$work/config:/config:ro" -- envoy --config-path=/config/v3.yaml --drain-time-s 5 &&
  check "the program's name as first argument" answers http://127.0.0.1:8080/ "from v3"
stop

for program in envoy /usr/local/bin/envoy; do
  start --entrypoint $program -v "$work/config:/config:ro" -- -c /config/v3.yaml &&
    check "command: $program" answers http://127.0.0.1:8080/ "from v3"
  stop
done

start -- --config-yaml "$(cat "$work/config/v3.yaml")" --service-node pod-1 &&
  check "--config-yaml" answers http://127.0.0.1:8080/ "from v3"
stop

start -v "$work/config:/config:ro" -- -c /config/broken.yaml &&
  check "a broken configuration ends it with status 1" test "$(podman wait "$id")" = 1
check "  and the log says where" grep -q 'broken.yaml:1:' <(podman logs "$id" 2>&1)
stop

# What is in it.
container=$(podman create "$image") && podman export "$container" | tar -x -C "$work" --one-top-level=root && podman rm "$container" >/dev/null
check "no shell and nothing set-uid" bash -c "! find '$work/root' \( -name '*sh' -path '*bin/*' -o -perm /6000 \) | grep ."
check "CA certificates" grep -q 'BEGIN CERTIFICATE' "$work/root/etc/ssl/certs/ca-certificates.crt"
check "every library is there" bash -c "! chroot '$work/root' /lib64/ld-linux-*.so.* --list /usr/bin/convoy | grep 'not found'"

echo "$passed passed, $failed failed"
[ $failed = 0 ]

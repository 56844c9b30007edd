#!/bin/bash
# h2spec.sh CONVOY H2SPEC: runs h2spec against two listeners of CONVOY that speak HTTP/2 only, one in
# clear and one over TLS, before a backend that reads each request to its end. Prints what failed and
# a summary for each.
set -euo pipefail
convoy=$1 h2spec=$2
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT

cat > "$dir/backend.py" <<'PY'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
        else:
            self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"hello")
    do_GET = do_POST = do_HEAD = do_PUT = do_OPTIONS = answer
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 "$dir/backend.py" > "$dir/port" 2> /dev/null &
until [ -s "$dir/port" ]; do sleep 0.1; done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -keyout "$dir/key.pem" -out "$dir/cert.pem" 2> /dev/null
read -r clear tls < <(python3 -c 'import socket
both = [socket.socket(), socket.socket()]
for one in both: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in both))')

# listener NAME PORT MORE: `more` fields of its filter chain.
listener() {
  cat <<YAML
  - name: $1
    address: {socket_address: {address: 127.0.0.1, port_value: $2}}
    filter_chains:
    - $3
      filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: $1
          codec_type: HTTP2
          route_config:
            virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: backend}}]}]
          http_filters: [{name: envoy.filters.http.router}]
YAML
}
{
  printf 'static_resources:\n  listeners:\n'
  listener clear "$clear" "name: clear"
  listener tls "$tls" "transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\":
      type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext,
      common_tls_context: {alpn_protocols: [h2], tls_certificates: [{certificate_chain: {filename: $dir/cert.pem},
      private_key: {filename: $dir/key.pem}}]}}}"
  cat <<YAML
  clusters:
  - name: backend
    load_assignment:
      cluster_name: backend
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $(cat "$dir/port")}}}}]}]
YAML
} > "$dir/convoy.yaml"
"$convoy" -c "$dir/convoy.yaml" --concurrency 1 > "$dir/log" 2>&1 &
until grep -q serving "$dir/log"; do
  kill -0 $! || { cat "$dir/log"; exit 1; }
  sleep 0.1
done
result=0
for run in "clear $clear" "tls $tls -t -k"; do
  read -r name port options <<< "$run"
  # shellcheck disable=SC2086
  "$h2spec" -h 127.0.0.1 -p "$port" $options --timeout 2 > "$dir/$name" || true
  grep -E '×|Expected|Actual' "$dir/$name" || true
  echo "$name: $(grep 'tests,' "$dir/$name")"
  grep -q 'tests, .* 0 failed' "$dir/$name" || result=1
done
exit $result

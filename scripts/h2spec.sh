#!/bin/bash
# h2spec.sh CONVOY H2SPEC: runs h2spec against a listener of CONVOY that speaks HTTP/2 only, before a
# backend that reads each request to its end. Prints what failed and the summary.
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
listen=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$dir/convoy.yaml" <<YAML
static_resources:
  listeners:
  - name: h2
    address: {socket_address: {address: 127.0.0.1, port_value: $listen}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: h2
          codec_type: HTTP2
          route_config:
            virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: backend}}]}]
          http_filters: [{name: envoy.filters.http.router}]
  clusters:
  - name: backend
    load_assignment:
      cluster_name: backend
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: $(cat "$dir/port")}}}}]}]
YAML
"$convoy" -c "$dir/convoy.yaml" --concurrency 1 > "$dir/log" 2>&1 &
until grep -q serving "$dir/log"; do
  kill -0 $! || { cat "$dir/log"; exit 1; }
  sleep 0.1
done
"$h2spec" -h 127.0.0.1 -p "$listen" --timeout 2 | tee "$dir/result" | grep -E '×|Expected|Actual|tests,' || true
grep -q 'tests, .* 0 failed' "$dir/result"

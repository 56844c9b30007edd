"""What the dashboard's test looks at: a Convoy with several listeners, clusters, backends that can
die, a certificate, and load."""
import asyncio
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time


class Backends:
    """HTTP backends on ports of their own, in a thread: /slow takes a while, /hang longer, /broken is a 500."""

    def __init__(self, names):
        self.loop = asyncio.new_event_loop()
        self.servers, self.ports, self.writers = {}, {}, {}
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        for name in names:
            self.ports[name] = self._run(self._start(name, 0))

    def _run(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(20)

    async def _start(self, name, port):
        self.writers[name] = set()
        server = await asyncio.start_server(lambda r, w: self._serve(name, r, w), "127.0.0.1", port)
        self.servers[name] = server
        return server.sockets[0].getsockname()[1]

    async def _serve(self, name, reader, writer):
        self.writers[name].add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ", 2)[1]
                await asyncio.sleep({b"/slow": 0.12, b"/hang": 6}.get(target, 0))
                status = b"500 Broken" if target == b"/broken" else b"200 OK"
                body = name.encode() + b"." * 600
                writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.writers[name].discard(writer)
            writer.close()

    def kill(self, name):
        async def stop():
            self.servers[name].close()
            for writer in list(self.writers[name]):
                writer.transport.abort()
        self._run(stop())

    def revive(self, name):
        self._run(self._start(name, self.ports[name]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# A name that would run, were it ever written as markup.
EVIL = "<img src=x onerror=\"document.title='owned'\">"

CLUSTER = """
  - name: {name}
    connect_timeout: 0.5s
    type: STATIC
    {more}
    load_assignment:
      cluster_name: {name}
      endpoints: [{{lb_endpoints: [{hosts}]}}]
"""
CHECK = """health_checks: [{timeout: 0.3s, interval: 0.4s, no_traffic_interval: 0.4s, unhealthy_threshold: 2, healthy_threshold: 1,
      http_health_check: {path: /health}}]"""


def cluster(name, ports, more=""):
    hosts = ", ".join("{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}" % p for p in ports)
    return CLUSTER.format(name=json.dumps(name), hosts=hosts, more=more)


class World:
    def __init__(self, binary, many=0, arguments=(), evil=EVIL):
        self.folder = tempfile.mkdtemp(prefix="dashboard-")
        self.backends = Backends(["web-1", "web-2", "web-3", "api-1", "api-2", "canary-1", "auth-1"])
        self.http, self.https, self.tcp = free_port(), free_port(), free_port()
        self.many, self.evil = many, evil
        self.config = os.path.join(self.folder, "envoy.yaml")
        self.make_certificate()
        self.write()
        address = pathlib.Path(self.folder, "admin")
        self.log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "-c", self.config, "--concurrency", "2", "--admin-address-path", str(address), "--service-node", "edge-1",
             "--drain-time-s", "20", *arguments], stdout=self.log, stderr=self.log)
        self.wait("the admin address", lambda: address.exists() and address.read_text())
        self.admin = address.read_text().strip()
        self.wait("ready", lambda: self.get("/ready")[0] == 200)
        self.loads = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for load in self.loads:
            load.kill()
            load.wait()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, what, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            try:
                value = condition()
            except OSError:
                value = None
            if value:
                return value
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"waited for {what}; the log:\n" + pathlib.Path(self.log.name).read_text()[-3000:])
            time.sleep(0.05)

    def make_certificate(self):
        self.certificate, key = os.path.join(self.folder, "www.pem"), os.path.join(self.folder, "www.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=www.example.com", "-addext", "subjectAltName=DNS:www.example.com", "-days", "9",
                        "-keyout", key, "-out", self.certificate], check=True, capture_output=True)
        self.key = key

    def write(self, broken=False):
        p = self.backends.ports
        clusters = cluster("web", [p["web-1"], p["web-2"], p["web-3"]], CHECK)
        clusters += cluster("api", [p["api-1"], p["api-2"]],
                            "outlier_detection: {consecutive_5xx: 50}\n    circuit_breakers: {thresholds: [{max_connections: 256}]}")
        clusters += cluster("canary", [p["canary-1"]]) + cluster("auth", [p["auth-1"]], CHECK)
        clusters += cluster(self.evil, [p["auth-1"]])
        for i in range(self.many):
            clusters += cluster(f"service-{i:04}", [p["web-1"]])
        routes = """
          - {name: web, domains: [www.example.com, example.com], routes: [
              {match: {prefix: /api/v1/}, route: {weighted_clusters: {clusters: [{name: api, weight: 90}, {name: canary, weight: 10}]}, prefix_rewrite: /v1/, timeout: 2s, retry_policy: {retry_on: connect-failure}}},
              {name: login, match: {path: /login}, route: {cluster: auth}},
              {match: {prefix: /old/}, redirect: {prefix_rewrite: /, response_code: FOUND}},
              {match: {prefix: /beta, headers: [{name: x-beta, present_match: true}]}, route: {cluster: canary}},
              {match: {prefix: /}, route: {cluster: web}}]}
          - {name: health, domains: [health.local], routes: [{match: {path: /healthz}, direct_response: {status: 200, body: {inline_string: fine}}}]}
          - {name: """ + json.dumps(self.evil) + """, domains: [evil.example], routes: [{match: {prefix: /}, route: {cluster: """ + json.dumps(self.evil) + """}}]}"""
        manager = """
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: %s
            route_config: {name: %s, virtual_hosts: [%s]}
            http_filters: [{name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}]"""
        def chain(prefix, hosts):
            return manager % (prefix, prefix, hosts)
        flow = "".join(routes.splitlines(keepends=True)[1:]).strip().removeprefix("- ")
        flow = ", ".join(part.strip() for part in flow.split("\n          - "))
        text = f"""admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
static_resources:
  listeners:
  - name: ingress_http
    address: {{socket_address: {{address: 127.0.0.1, port_value: {self.http}}}}}
    filter_chains:
    - filters:{chain("ingress_http", flow)}
  - name: ingress_https
    address: {{socket_address: {{address: 127.0.0.1, port_value: {self.https}}}}}
    listener_filters: [{{name: envoy.filters.listener.tls_inspector, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}}}]
    filter_chains:
    - filter_chain_match: {{server_names: [www.example.com]}}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context: {{tls_certificates: [{{certificate_chain: {{filename: {self.certificate}}}, private_key: {{filename: {self.key}}}}}]}}
      filters:{chain("ingress_https", '{name: secure, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: web}}]}')}
  - name: database
    address: {{socket_address: {{address: 127.0.0.1, port_value: {self.tcp}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: database, cluster: auth}}
  clusters:{clusters}"""
        if broken:
            text = text.replace("connect_timeout: 0.5s", "connect_timeot: 0.5s", 1)
        with open(self.config + ".new", "w", encoding="utf-8") as out:
            out.write(text + "\n")
        os.replace(self.config + ".new", self.config)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def get(self, path, accept="application/json", method="GET"):
        connection = http.client.HTTPConnection(self.admin, timeout=10)
        connection.request(method, path, headers={"accept": accept})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body.decode()

    def load(self, path, seconds, connections=8, host="www.example.com"):
        """wrk, as long as it takes the test and never longer than `seconds`."""
        load = subprocess.Popen(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Host: {host}", f"http://127.0.0.1:{self.http}{path}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.loads.append(load)
        return load

"""Two Convoys, their backends and their clients, all on 127.0.0.1."""
import http.server
import itertools
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import urllib.request

BOOTSTRAP = """
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
static_resources:
  listeners:
  - name: web
    address: {{socket_address: {{address: 127.0.0.1, port_value: {web}}}}}
    filter_chains: [{{filters: [{manager}]}}]
  - name: secure
    address: {{socket_address: {{address: 127.0.0.1, port_value: {secure}}}}}
    filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_certificates: [{{certificate_chain: {{filename: {folder}/{days}.pem}}, private_key: {{filename: {folder}/{days}.key}}}}]
      filters: [{manager}]
  - name: bytes
    address: {{socket_address: {{address: 127.0.0.1, port_value: {tcp}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: bytes
          cluster: echo
  clusters:
{clusters}"""

MANAGER = """{{name: envoy.filters.network.http_connection_manager, typed_config: {{
  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager,
  stat_prefix: web,
  route_config: {{virtual_hosts: [{{name: all, domains: ["*"], routes: [{routes}]}}]}},
  http_filters: [{{name: envoy.filters.http.router, typed_config: {{
    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}]}}}}"""

CLUSTER = """  - name: {name}
    connect_timeout: 1s
    type: {kind}
    load_assignment:
      cluster_name: {name}
      endpoints: [{{lb_endpoints: [{hosts}]}}]
{more}"""

LIMITS = """    circuit_breakers: {thresholds: [{track_remaining: true}]}
"""

HEALTH_CHECK = """    health_checks:
    - {timeout: 1s, interval: 1s, no_traffic_interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {path: /}}
    outlier_detection: {consecutive_gateway_failure: 1000}
"""

TLS = """    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        failing = self.server.failing and next(self.server.count) % 2 == 0
        body = b"hello\n"
        self.send_response(503 if failing else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Server:
    """A server in a thread. `tls`: the files of its certificate. `failing`: every second answer is 503."""

    def __init__(self, tls=None, failing=False, echo=False):
        kind = socketserver.ThreadingTCPServer if echo else http.server.ThreadingHTTPServer
        self.server = kind(("127.0.0.1", 0), Echo if echo else Backend)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a health check that closes at once is none
        self.server.failing, self.server.count = failing, itertools.count()
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Convoy:
    def __init__(self, binary, folder, name, clusters, routes, days):
        self.binary, self.name = binary, name
        self.admin, self.web, self.secure, self.tcp = (free_port() for _ in range(4))
        self.path = folder / f"{name}.yaml"
        manager = MANAGER.format(routes=", ".join(routes))
        self.text = BOOTSTRAP.format(admin=self.admin, web=self.web, secure=self.secure, tcp=self.tcp, folder=folder,
                                     days=days, manager=manager, clusters="".join(clusters))
        self.path.write_text(self.text)
        self.log_path = folder / f"{name}.log"
        self.log = open(self.log_path, "w")
        self.process = subprocess.Popen([binary, "-c", str(self.path), "--concurrency", "2", "--watch=false"],
                                        stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.get("/ready")
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{name} does not start:\n{self.log_path.read_text()}")
                time.sleep(0.05)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=10) as answer:
            return answer.read().decode()

    def reload(self, text=None):
        self.path.write_text(text or self.text)
        return subprocess.run([self.binary, "reload", "--wait", "--pid", str(self.process.pid)],
                              capture_output=True).returncode

    def kill_worker(self):
        children = open(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read().split()
        os.kill(int(children[0]), signal.SIGKILL)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def cluster(name, ports, kind="STATIC", more="", address="127.0.0.1"):
    hosts = ", ".join(f"{{endpoint: {{address: {{socket_address: {{address: {address}, port_value: {port}}}}}}}}}"
                      for port in ports)
    return CLUSTER.format(name=name, kind=kind, hosts=hosts, more=more)


def route(path, cluster_name, more=""):
    return f'{{match: {{prefix: "{path}"}}, route: {{cluster: {cluster_name}{more}}}}}'


class World:
    def __init__(self, binary, folder):
        for days in (5, 90):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                            # A day more: it counts whole days that are left.
                            "-days", str(days + 1), "-keyout", folder / f"{days}.key", "-out", folder / f"{days}.pem"],
                           check=True, capture_output=True)
        good, other, flaky, echo = Server(), Server(), Server(failing=True), Server(echo=True)
        secure = Server(tls=(folder / "90.pem", folder / "90.key"))
        self.dead = socket.socket()  # bound, and nobody listens
        self.dead.bind(("127.0.0.1", 0))
        dead = self.dead.getsockname()[1]
        healthy = [cluster("good", [good.port, other.port], more=HEALTH_CHECK + LIMITS), cluster("echo", [echo.port]),
                   cluster("secure", [secure.port], more=TLS),
                   cluster("named", [good.port], "STRICT_DNS", address="localhost")]
        paths = [route("/secure", "secure"), route("/named", "named")]
        sick = healthy + [cluster("dead", [dead]), cluster("unhealthy", [dead], more=HEALTH_CHECK),
                          cluster("flaky", [flaky.port])]
        sick_paths = paths + [route("/dead", "dead"), route("/unhealthy", "unhealthy"),
                              route("/flaky", "flaky", ", retry_policy: {retry_on: 5xx, num_retries: 3}")]
        last = [route("/", "good")]
        self.convoys = [Convoy(binary, folder, "convoy-sick", sick, sick_paths + last, 5),
                        Convoy(binary, folder, "convoy-healthy", healthy, paths + last, 90)]
        self.paths = {"convoy-sick": ["/", "/secure", "/named", "/dead", "/unhealthy", "/flaky"],
                      "convoy-healthy": ["/", "/secure", "/named"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for convoy in self.convoys:
            convoy.stop()
        self.dead.close()

    def targets(self):
        return [(convoy.name, f"127.0.0.1:{convoy.admin}") for convoy in self.convoys]

    def _round(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for convoy in self.convoys:
            for base in (f"http://127.0.0.1:{convoy.web}", f"https://127.0.0.1:{convoy.secure}"):
                for path in self.paths[convoy.name]:
                    try:
                        with urllib.request.urlopen(base + path, timeout=10, context=context) as answer:
                            answer.read()
                    except OSError:
                        pass  # a 503 of the sick one
            with socket.create_connection(("127.0.0.1", convoy.tcp), timeout=10) as client:
                client.sendall(b"hello")
                client.recv(5)

    def live(self, scrapes):
        """Requests for 30 scrapes; at some of them a reload of each, then the accidents of the sick one."""
        sick = self.convoys[0]
        steps = [(6, lambda: [convoy.reload() for convoy in self.convoys]), (12, sick.kill_worker),
                 (14, lambda: sick.reload(sick.text + "\nstatic_resource: {}\n"))]
        deadline = time.monotonic() + 120
        while scrapes() < 30:
            if time.monotonic() > deadline:
                raise SystemExit("Prometheus does not scrape")
            while steps and scrapes() >= steps[0][0]:
                steps.pop(0)[1]()
            self._round()
            time.sleep(0.1)  # between rounds: some hundred requests a second are enough

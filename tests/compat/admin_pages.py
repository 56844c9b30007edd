"""The admin pages of both proxies after the same requests: /clusters with its counters of each host, in text and
in JSON, /listeners, and /runtime with a layer on disk."""
import http.client
import json
import os
import socket
import subprocess
import threading
import time

import peers
import programs
import themes

BACKEND = b"HTTP/1.1 %s\r\ncontent-length: 2\r\n\r\nok"


def serve(connection):
    """/500 fails, /hang never answers, all else is well."""
    with connection:
        file = connection.makefile("rwb")
        while line := file.readline():
            while file.readline().strip():
                pass
            if b"/hang" in line:
                continue
            file.write(BACKEND % (b"500 Internal Server Error" if b"/500" in line else b"200 OK"))
            file.flush()


def echo(connection):
    with connection:
        while data := connection.recv(1000):
            connection.sendall(data)


class Server:
    def __init__(self, session):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, args=(session,), daemon=True).start()

    def accept(self, session):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=session, args=(connection,), daemon=True).start()


def endpoint(port, address="127.0.0.1", **more):
    health = {name: more.pop(name) for name in ("health_status", "metadata", "load_balancing_weight") if name in more}
    return {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}, **more}, **health}


def cluster(name, localities, **more):
    return {"name": name, "type": "STATIC", "connect_timeout": "1s",
            "load_assignment": {"cluster_name": name, "endpoints": localities}, **more}


def configuration(ports, up, tcp, dead, disk):
    manager = themes.typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager", stat_prefix="web", codec_type="HTTP1",
        http_filters=[{"name": "envoy.filters.http.router", "typed_config": themes.typed("filters.http.router.v3.Router")}],
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/dead"}, "route": {"cluster": "dead"}},
            {"match": {"prefix": "/hang"}, "route": {"cluster": "up", "timeout": "0.3s"}},
            {"match": {"prefix": "/try/hang"}, "route": {"cluster": "up", "timeout": "5s", "retry_policy": {
                "retry_on": "5xx", "num_retries": 1, "per_try_timeout": "0.2s"}}},
            {"match": {"prefix": "/retry"}, "route": {"cluster": "up", "retry_policy": {"retry_on": "5xx", "num_retries": 2}}},
            {"match": {"prefix": "/none"}, "route": {"cluster": "none"}},
            {"match": {"prefix": "/"}, "route": {"cluster": "up"}}]}]})
    proxy = themes.typed("filters.network.tcp_proxy.v3.TcpProxy", stat_prefix="bytes", cluster="tcp")
    refused = dict(proxy, cluster="dead")

    def listener(name, port, kind, config):
        return {"name": name, "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                "filter_chains": [{"filters": [{"name": kind, "typed_config": config}]}]}

    return {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": ports[0]}}},
        "node": {"id": "n", "cluster": "edge"},
        "layered_runtime": {"layers": [
            {"name": "static", "static_layer": {"a.b": 1, "share": {"numerator": 5, "denominator": "HUNDRED"}, "word": "x"}},
            {"name": "disk", "disk_layer": {"symlink_root": disk, "subdirectory": "envoy"}},
            {"name": "own", "disk_layer": {"symlink_root": disk, "subdirectory": "own", "append_service_cluster": True}},
            {"name": "nothing", "disk_layer": {"symlink_root": disk, "subdirectory": "nothing"}},
            {"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [listener("web", ports[1], "envoy.filters.network.http_connection_manager", manager),
                          listener("bytes", ports[2], "envoy.filters.network.tcp_proxy", proxy),
                          listener("refused", ports[3], "envoy.filters.network.tcp_proxy", refused)],
            "clusters": [
                cluster("up", [{"lb_endpoints": [endpoint(up, hostname="up.test")]}], alt_stat_name="shown",
                        circuit_breakers={"thresholds": [{"priority": "HIGH", "max_connections": 7}]}),
                cluster("tcp", [{"lb_endpoints": [endpoint(tcp)]}]),
                cluster("dead", [{"lb_endpoints": [endpoint(dead)]}]),
                cluster("none", []),
                cluster("places", [
                    {"locality": {"region": "r", "zone": "z", "sub_zone": "s"}, "priority": 1, "lb_endpoints": [
                        endpoint(up, metadata={"filter_metadata": {"envoy.lb": {"canary": True}}}, load_balancing_weight=3)]},
                    {"lb_endpoints": [endpoint(up, "127.0.0.2", health_status="DEGRADED"),
                                      endpoint(up, "127.0.0.3", health_status="UNHEALTHY"),
                                      endpoint(up, "127.0.0.4", health_status="DRAINING")]}]),
                cluster("judged", [{"lb_endpoints": [endpoint(up)]}], outlier_detection={}),
            ]}}


def make_disk(folder):
    root = os.path.join(folder, "runtime")
    for name, text in {"v1/envoy/a/b": "7\n", "v1/envoy/word": "# no\nsome words \n", "v1/envoy/flag": "true",
                       "v1/envoy/empty": "# nothing\n", "v1/envoy/share": "numerator: 3\ndenominator: MILLION\n",
                       "v1/own/edge/own.key": "0.5"}.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    link = os.path.join(root, "current")
    os.symlink("v1", link)
    return link


def get(port, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def traffic(ports):
    """One connection, one after the other: what happens does not depend on who is faster."""
    connection = http.client.HTTPConnection("127.0.0.1", ports[1], timeout=10)
    for path in ["/"] * 5 + ["/500"] * 2 + ["/dead", "/hang", "/try/hang", "/retry/500", "/none", "/"]:
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", ports[2]), timeout=10) as client:
            client.sendall(b"x")
            client.recv(1)
    with socket.create_connection(("127.0.0.1", ports[3]), timeout=10) as client:
        client.recv(1)
    # Connections that have ended are counted when the proxy has seen it.
    settled(ports[0])


def settled(admin):
    before, deadline = None, time.monotonic() + 10
    while time.monotonic() < deadline:
        now = get(admin, "/clusters")[1]
        if now == before and "tcp::127.0.0.1" in now and "::rq_active::1" not in now:
            return
        before = now
        time.sleep(0.1)
    raise RuntimeError("the counters do not come to rest")


def flat(value, at=""):
    """{place: value} of JSON. Lists of things with a name are told apart by it."""
    if isinstance(value, dict):
        found = {}
        for name, one in value.items():
            found.update(flat(one, f"{at}.{name}"))
        return found or {at: "{}"}
    if isinstance(value, list):
        found = {}
        for index, one in enumerate(value):
            name = one.get("name", index) if isinstance(one, dict) else index
            found.update(flat(one, f"{at}[{name}]"))
        return found or {at: "[]"}
    return {at: value}


def lines(text):
    found = {}
    for line in text.splitlines():
        name, _, value = line.rpartition("::")
        found[name] = value
    return found


PAGES = [("/clusters", lines), ("/clusters?format=json", lambda text: flat(json.loads(text))),
         ("/listeners", lines), ("/listeners?format=json", lambda text: flat(json.loads(text))),
         ("/runtime", lambda text: flat(json.loads(text)))]


def look(ports, disk):
    """{page: {place: value}}; a port of the proxy's own is its number in `ports`."""
    found = {}

    def add(name, page, read):
        status, body = get(ports[0], page)
        for number, port in enumerate(ports):
            body = body.replace(str(port), f"<{number}>") if read is lines else body.replace(f": {port}", f": {number}")
        found[name] = {"status": status, **read(body)}
        if read is lines:
            found[name]["order"] = ",".join(name for name in lines(body) if name.startswith("up::"))

    for page, read in PAGES:
        add(page, page, read)
    get(ports[0], "/runtime_modify?a.b=9", "POST")
    add("/runtime modified", *PAGES[-1])
    return found


def run(folder):
    up, tcp = Server(serve), Server(echo)
    ports = programs.free_ports(9)
    dead = ports.pop()
    disk = make_disk(folder)
    looks = []
    for name, own in (("envoy", ports[:4]), ("convoy", ports[4:])):
        path = os.path.join(folder, f"admin-{name}.json")
        with open(path, "w") as file:
            json.dump(configuration(own, up.port, tcp.port, dead, disk), file, indent=1)
        binary = peers.envoy_binary() if name == "envoy" else os.environ.get(
            "CONVOY_BINARY", os.path.join(peers.ROOT, "build", "convoy"))
        more = ["--disable-hot-restart"] if name == "envoy" else ["--watch=false", "--control-path",
                                                                  os.path.join(folder, "admin.sock")]
        with open(os.path.join(folder, f"admin-{name}.log"), "w") as log:
            process = subprocess.Popen([binary, "-c", path, "--concurrency", "1", "-l", "error", *more], stdout=log, stderr=log)
        try:
            programs.wait_for(lambda: process.poll() is None and programs.get(own[0], "/ready")[0] == 200, f"{name} to be ready")
            traffic(own)
            looks.append(look(own, disk))
        finally:
            process.kill()
            process.wait()
    return looks


def differences(folder, short):
    """(pages, differences as compat.py says them)."""
    envoys, convoys = run(folder)
    found = []
    for page in envoys:
        for name in sorted(envoys[page].keys() | convoys[page].keys(), key=str):
            values = [short(look[page].get(name)) for look in (envoys, convoys)]
            if values[0] != values[1]:
                found.append(f"admin{page} {name}: {values[0]} | {values[1]}")
    return len(envoys), found

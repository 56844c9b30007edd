"""The proxies that `make bench` compares, and the configurations they get.

A World says what a proxy has to do; each function of CONFIGURATIONS writes it in the language of
one proxy and returns the command line. All have one worker or one thread, keep-alive on both
sides, limits that are never reached, and no access log unless the world asks for one. Convoy and
Envoy read the same file. nginx and HAProxy add no header to a request, which is cheaper than what
Convoy and Envoy do: the harder comparison.
"""
import dataclasses
import json
import os
import shutil

IDLE_SECONDS = 600
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclasses.dataclass
class World:
    """A backend on loopback, and what stands in front of it."""
    backend: int
    http: int                 # the port that proxies HTTP
    # Other ports; 0: none. What each does: bytes; HTTP/2 without TLS; that to the gRPC backend, which
    # speaks HTTP/2; TLS 1.3 with HTTP/1.
    tcp: int = 0
    h2: int = 0
    grpc: int = 0
    tls: int = 0
    grpc_backend: int = 0
    pem: str = ""             # of `tls`: a file with the certificate and its key
    routes: int = 1           # /r0/ ... each to its cluster; more than one: no catch-all route
    hosts: int = 1            # h0.test ... ; more than one: no catch-all host
    clusters: int = 1
    workers: int = 1          # more than one: on both processors
    log: bool = False
    request_id: bool = False  # Convoy and Envoy only
    marker: str = "1"         # what /marker answers: tells a configuration from the one before
    format: str = "json"      # of Convoy's and Envoy's file


def envoy_file(world, folder):
    def cluster(index):
        endpoint = {"endpoint": {"address": address(world.backend)}}
        limits = {name: 1000000 for name in
                  ("max_connections", "max_pending_requests", "max_requests")}
        return {"name": f"c{index}", "connect_timeout": "5s",
                "circuit_breakers": {"thresholds": [limits]},
                "load_assignment": {"cluster_name": f"c{index}",
                                    "endpoints": [{"lb_endpoints": [endpoint]}]}}

    def grpc_cluster():
        made = dict(cluster(0), name="grpc", typed_extension_protocol_options={
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http2_protocol_options": {}})})
        endpoint = {"endpoint": {"address": address(world.grpc_backend)}}
        made["load_assignment"] = {"cluster_name": "grpc",
                                   "endpoints": [{"lb_endpoints": [endpoint]}]}
        return made

    def address(port):
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    def typed(kind, **fields):
        return {"@type": "type.googleapis.com/envoy.extensions." + kind, **fields}

    def routes():
        marker = {"match": {"path": "/marker"},
                  "direct_response": {"status": 200, "body": {"inline_string": world.marker}}}
        if world.routes == 1:
            return [marker, {"match": {"prefix": "/"}, "route": {"cluster": "c0"}}]
        return [marker] + [{"match": {"prefix": f"/r{i}/"},
                            "route": {"cluster": f"c{i % world.clusters}"}}
                           for i in range(world.routes)]

    def hosts():
        if world.hosts == 1:
            return [{"name": "all", "domains": ["*"], "routes": routes()}]
        return [{"name": f"h{i}", "domains": [f"h{i}.test"], "routes": routes()}
                for i in range(world.hosts)]

    log = {"name": "envoy.access_loggers.file", "typed_config": typed(
        "access_loggers.file.v3.FileAccessLog", path=os.path.join(folder, "access.log"))}
    router = {"name": "envoy.filters.http.router",
              "typed_config": typed("filters.http.router.v3.Router", dynamic_stats=False)}
    manager = typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager", stat_prefix="bench",
        codec_type="HTTP1", use_remote_address=True, generate_request_id=world.request_id,
        access_log=[log] if world.log else [], http_filters=[router],
        common_http_protocol_options={"idle_timeout": f"{IDLE_SECONDS}s"},
        route_config={"name": "bench", "virtual_hosts": hosts()})
    tcp = typed("filters.network.tcp_proxy.v3.TcpProxy", stat_prefix="tcp", cluster="c0")
    over_h2 = dict(manager, codec_type="HTTP2")
    grpc = dict(over_h2, route_config={"name": "grpc", "virtual_hosts": [
        {"name": "all", "domains": ["*"],
         "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "grpc"}}]}]})
    certificate = {"certificate_chain": {"filename": world.pem},
                   "private_key": {"filename": world.pem}}
    secured = {"name": "envoy.transport_sockets.tls", "typed_config": typed(
        "transport_sockets.tls.v3.DownstreamTlsContext", common_tls_context={
            "tls_certificates": [certificate]})}

    def listener(name, port, filter_name, config, **fields):
        return {"name": name, "address": address(port), "filter_chains": [
            {"filters": [{"name": "envoy.filters.network." + filter_name,
                          "typed_config": config}], **fields}]}

    listeners = [listener("http", world.http, "http_connection_manager", manager)]
    if world.tcp:
        listeners.append(listener("tcp", world.tcp, "tcp_proxy", tcp))
    if world.h2:
        listeners.append(listener("h2", world.h2, "http_connection_manager", over_h2))
    if world.tls:
        listeners.append(listener("tls", world.tls, "http_connection_manager", manager,
                                  transport_socket=secured))
    clusters = [cluster(i) for i in range(world.clusters)]
    if world.grpc:
        listeners.append(listener("grpc", world.grpc, "http_connection_manager", grpc))
        clusters.append(grpc_cluster())
    path = os.path.join(folder, "envoy." + world.format)  # JSON is YAML, too
    with open(path, "w") as file:
        json.dump({"static_resources": {
            "listeners": listeners, "clusters": clusters}}, file, indent=1)
    return path


def convoy(world, folder):
    binary = os.environ.get("CONVOY_BINARY", os.path.join(ROOT, "build", "convoy"))
    return [binary, "-c", envoy_file(world, folder), "--concurrency", str(world.workers), "--watch=false",
            "--control-path", os.path.join(folder, "control.sock"), "-l", "error"]


def envoy(world, folder):
    return [envoy_binary(), "-c", envoy_file(world, folder), "--concurrency", str(world.workers),
            "--disable-hot-restart", "-l", "error"]


def nginx(world, folder, tuned=False):
    def others():
        """The servers of the other ports, with a location for each path."""
        text = ""
        if world.h2:
            text += (f"server {{ listen 127.0.0.1:{world.h2} http2 backlog=4096;\n"
                     "location / { proxy_pass http://c0; } }\n")
        if world.grpc:
            text += (f"upstream grpc {{ server 127.0.0.1:{world.grpc_backend}; keepalive {kept};"
                     " keepalive_requests 100000000; }\n"
                     f"server {{ listen 127.0.0.1:{world.grpc} http2 backlog=4096;\n"
                     "location / { grpc_pass grpc://grpc; } }\n")
        if world.tls:
            text += (f"server {{ listen 127.0.0.1:{world.tls} ssl backlog=4096;\n"
                     f"ssl_certificate {world.pem}; ssl_certificate_key {world.pem};\n"
                     "ssl_protocols TLSv1.3;\nlocation / { proxy_pass http://c0; } }\n")
        return text

    def server(name, locations):
        backlog = " backlog=4096" if name == names[0] else ""  # said once for an address
        backlog += " reuseport" if backlog and world.workers > 1 else ""
        return (f"server {{ listen 127.0.0.1:{world.http}{backlog}; server_name {name};\n"
                f"location = /marker {{ return 200 {world.marker}; }}\n{locations} }}\n")

    paths = ["/"] if world.routes == 1 else [f"/r{i}/" for i in range(world.routes)]
    locations = "\n".join(f"location {path} {{ proxy_pass http://c{i % world.clusters}; }}"
                          for i, path in enumerate(paths))
    names = ["_"] if world.hosts == 1 else [f"h{i}.test" for i in range(world.hosts)]
    kept = 1024 if tuned else 64
    upstreams = "\n".join(
        f"upstream c{i} {{ server 127.0.0.1:{world.backend}; keepalive {kept};"
        " keepalive_requests 100000000; }" for i in range(world.clusters))
    scratch = "\n".join(f"{kind}_temp_path {folder}/{kind};"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    # Nothing goes through temporary files, and a body is passed on as it comes.
    tuning = ("proxy_buffer_size 16k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;\n"
              "proxy_max_temp_file_size 0; proxy_request_buffering off;\n"
              "client_body_buffer_size 128k;\n" if tuned else "")
    stream = (f"stream {{ upstream c0 {{ server 127.0.0.1:{world.backend}; }}\n"
              f"server {{ listen 127.0.0.1:{world.tcp} backlog=4096; proxy_pass c0; }} }}\n"
              if world.tcp else "")
    module = "/usr/lib/nginx/modules/ngx_stream_module.so"
    text = (
        (f"load_module {module};\n" if world.tcp and os.path.exists(module) else "") +
        ("user root;\n" if os.geteuid() == 0 else "") +
        f"daemon off; worker_processes {world.workers}; pid {folder}/pid;\n"
        "error_log stderr crit;\nevents { worker_connections 12000; multi_accept on; }\n"
        f"http {{\naccess_log {folder + '/access.log combined' if world.log else 'off'};\n"
        f"{scratch}\nkeepalive_timeout {IDLE_SECONDS}s; keepalive_requests 100000000;\n"
        "tcp_nodelay on; client_max_body_size 0; server_names_hash_max_size 65536;\n"
        "proxy_http_version 1.1; proxy_set_header Connection \"\";\n"
        f"proxy_set_header Host $http_host;\n{tuning}{upstreams}\n"
        f"{''.join(server(name, locations) for name in names)}{others()}}}\n{stream}")
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w") as file:
        file.write(text)
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", path, "-e", "stderr"]


def nginx_tuned(world, folder):
    return nginx(world, folder, tuned=True)


def haproxy(world, folder):
    def backend(index):
        return f"backend c{index}\n  server one 127.0.0.1:{world.backend} pool-max-conn 2000\n"

    def table(name, lines):
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.writelines(lines)
        return path

    rules = f"  http-request return status 200 content-type text/plain string {world.marker}" \
            " if { path /marker }\n"
    if world.routes > 1:
        path = table("routes.map", (f"/r{i}/ c{i % world.clusters}\n"
                                    for i in range(world.routes)))
        rules += f"  use_backend %[path,map_beg({path})]\n"
    elif world.hosts > 1:
        path = table("hosts.map", (f"h{i}.test c0\n" for i in range(world.hosts)))
        rules += f"  use_backend %[req.hdr(host),lower,map_str({path})]\n"
    else:
        rules += "  default_backend c0\n"
    log = "  log stdout format raw daemon\n" if world.log else ""
    tcp = (f"frontend tcp\n  mode tcp\n  bind 127.0.0.1:{world.tcp} backlog 4096\n"
           "  default_backend tcp\nbackend tcp\n  mode tcp\n"
           f"  server one 127.0.0.1:{world.backend}\n" if world.tcp else "")
    for port, bind in ((world.h2, "proto h2"),
                       (world.tls, f"ssl crt {world.pem} ssl-min-ver TLSv1.3 alpn http/1.1")):
        if port:
            tcp += (f"frontend p{port}\n  bind 127.0.0.1:{port} backlog 4096 {bind}\n"
                    "  default_backend c0\n")
    if world.grpc:
        tcp += (f"frontend grpc\n  bind 127.0.0.1:{world.grpc} backlog 4096 proto h2\n"
                "  default_backend grpc\nbackend grpc\n"
                f"  server one 127.0.0.1:{world.grpc_backend} proto h2 pool-max-conn 2000\n")
    text = (
        f"global\n  nbthread {world.workers}\n  no strict-limits\n  maxconn 12000\n{log}defaults\n  mode http\n"
        f"{'  log global' + chr(10) + '  option httplog' + chr(10) if world.log else ''}"
        f"  timeout connect 5s\n  timeout client {IDLE_SECONDS}s\n"
        f"  timeout server {IDLE_SECONDS}s\n  timeout http-keep-alive {IDLE_SECONDS}s\n"
        "  http-reuse always\n"
        f"frontend http\n  bind 127.0.0.1:{world.http} backlog 4096\n{rules}"
        f"{''.join(backend(i) for i in range(world.clusters))}{tcp}")
    path = os.path.join(folder, "haproxy.cfg")
    with open(path, "w") as file:
        file.write(text)
    return [shutil.which("haproxy") or "/usr/sbin/haproxy", "-W", "-f", path]


def nghttpx(world, folder):
    """It has no answers of its own: /marker goes to the backend."""
    backends = [f"127.0.0.1,{world.backend};/"]
    fronts = [(world.http, "no-tls"), (world.h2, "no-tls"), (world.grpc, "no-tls"),
              (world.tls, "")]
    if world.grpc:
        backends.append(f"127.0.0.1,{world.grpc_backend};/bench.Echo/;proto=h2")
    path = os.path.join(folder, "nghttpx.conf")
    with open(path, "w") as file:
        file.write("".join(f"backend={backend}\n" for backend in backends))
        file.write("".join(f"frontend=127.0.0.1,{port}{';' if how else ''}{how}\n"
                           for port, how in fronts if port))
        file.write(f"workers={world.workers}\nsingle-process=yes\nbacklog=4096\nno-ocsp=yes\n"
                   "errorlog-file=/dev/stderr\nlog-level=ERROR\naccesslog-file=/dev/null\n"
                   "accesslog-format=\n"
                   f"frontend-keep-alive-timeout={IDLE_SECONDS}\n"
                   f"backend-keep-alive-timeout={IDLE_SECONDS}\n")
        if world.tls:
            file.write(f"certificate-file={world.pem}\nprivate-key-file={world.pem}\n"
                       "tls-min-proto-version=TLSv1.3\n")
    return [shutil.which("nghttpx") or "/usr/sbin/nghttpx", "--conf=" + path]


CONFIGURATIONS = {"convoy": convoy, "nginx": nginx, "nginx-tuned": nginx_tuned,
                  "haproxy": haproxy, "envoy": envoy, "nghttpx": nghttpx}
LABELS = {"convoy": "Convoy", "nginx": "nginx", "nginx-tuned": "nginx, tuned",
          "haproxy": "HAProxy", "envoy": "Envoy", "nghttpx": "nghttpx"}
# Measured only where a scenario asks for them: HTTP/2 and TLS.
BEYOND = ("nghttpx",)
# A frame of gRPC: not compressed, 64 octets.
GRPC_MESSAGE = bytes([0, 0, 0, 0, 64]) + b"x" * 64


def envoy_binary():
    """The path of Envoy's program, or None."""
    named = os.environ.get("ENVOY_BINARY")
    if named:
        return named
    for folder, _, files in os.walk(os.path.join(ROOT, "build", "envoy-venv", "lib")):
        path = os.path.join(folder, "envoy")
        if "envoy" in files and os.access(path, os.X_OK) and os.path.getsize(path) > 1 << 20:
            return path
    return None

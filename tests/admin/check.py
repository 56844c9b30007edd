#!/usr/bin/env python3
"""The JSON of the admin interface, read by the definitions that Envoy publishes: check.py CONVOY

Each answer is parsed into its message of envoy.admin.v3 (PyPI: xds-protos), where an unknown field, a wrong
type or an unknown name of an enum is an error. `/config_dump` is read with the configuration inside it.
The last line says how many checks passed and failed.
"""
import importlib
import pathlib
import pkgutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from google.protobuf import json_format

from envoy.admin.v3 import (certs_pb2, clusters_pb2, config_dump_pb2, init_dump_pb2, listeners_pb2,
                            memory_pb2, server_info_pb2)
import envoy.config
import envoy.extensions

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"
PAGES = {
    "/server_info": server_info_pb2.ServerInfo,
    "/clusters?format=json": clusters_pb2.Clusters,
    "/listeners?format=json": listeners_pb2.Listeners,
    "/certs": certs_pb2.Certificates,
    "/memory": memory_pb2.Memory,
    "/config_dump": config_dump_pb2.ConfigDump,
    "/config_dump?include_eds": config_dump_pb2.ConfigDump,
    "/init_dump": init_dump_pb2.UnreadyTargetsDumps,
}


def know_all_types():
    """What `@type` inside /config_dump names must have been imported."""
    for package in (envoy.config, envoy.extensions):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name.endswith("_pb2"):
                importlib.import_module(module.name)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


class Convoy:
    """A configuration of ours, each fixed port of its listeners replaced by a free one."""

    def __init__(self, binary, config, folder):
        self.admin = free_port()
        text = config.read_text()
        for fixed in ("10000", "10443", "8443", "8444", "10001", "10002", "9901"):
            text = text.replace(f"port_value: {fixed}", f"port_value: {free_port()}")
        for name in ("localhost.pem", "localhost.key", "ca.pem", "client.pem", "client.key"):
            text = text.replace(f"filename: {name}", f"filename: {folder}/{name}")
        self.path = folder / config.name
        self.path.write_text(text)
        admin = f"admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {self.admin}}}}}}}"
        self.log = folder / "log"
        self.process = subprocess.Popen([binary, "-c", self.path, "--config-yaml", admin, "--concurrency", "1"],
                                        stdout=subprocess.DEVNULL, stderr=self.log.open("w"))

    def __enter__(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                get(self.admin, "/ready")
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{self.path.name} does not start:\n{self.log.read_text()}")
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def main():
    binary = sys.argv[1]
    know_all_types()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["bash", CONF / "tls/certificates.sh"], cwd=folder, check=True, capture_output=True)
        for config in [CONF / "tls/tls.yaml", *sorted((CONF / "examples").glob("*.yaml"))]:
            with Convoy(binary, config, folder) as convoy:
                for page, message in PAGES.items():
                    try:
                        json_format.Parse(get(convoy.admin, page), message())
                        passed += 1
                    except (json_format.ParseError, OSError) as error:
                        failed += 1
                        print(f"FAILED: {config.name} {page}: {error}")
    print(f"admin-check: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The official gRPC-Web client (npm's grpc-web) against a grpcio server, with Convoy's grpc_web and
cors filters between them: in Node, and in a page of headless Chromium that comes from another
origin, so that each call is preflighted.

  grpc_web_test.py CONVOY NODE_MODULES

The last line is "N passed, N failed"; what is not installed is said to be skipped.
"""
import http.server
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from concurrent import futures

import grpc

import grpc_test

HERE = os.path.dirname(os.path.abspath(__file__))
FILTERS = """
          http_filters:
          - name: envoy.filters.http.grpc_web
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb}
          - name: envoy.filters.http.cors
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}
          - {name: envoy.filters.http.router}"""
CORS = """domains: ["*"]
              typed_per_filter_config:
                envoy.filters.http.cors:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
                  allow_origin_string_match: [{exact: "http://127.0.0.1:%d"}]
                  allow_methods: POST
                  allow_headers: "content-type,x-grpc-web,x-user-agent,grpc-timeout,x-asked"
                  expose_headers: "grpc-status,grpc-message,x-initial"
                  max_age: "60\""""
PAGE = """<!doctype html><title>grpc-web</title>
<script>var exports = {}, module = {exports: exports};</script>
<script src="/grpc-web.js"></script>
<script>var grpcweb = exports; module = undefined;</script>
<script src="/web_cases.js"></script>
<script>
runCases(grpcweb, "BASE", true).then(function (results) {
  fetch("/results", {method: "POST", body: JSON.stringify(results)});
});
window.onerror = function (what) {
  fetch("/results", {method: "POST", body: JSON.stringify([["the page", String(what)]])});
};
</script>
"""


def configuration(listen, server, page, admin):
    text = grpc_test.TEMPLATE.format(listen=listen, server=server, admin=admin, many=1)
    text = text.replace('domains: ["*"]', CORS % page)
    return text.replace(
        "\n          http_filters: [{name: envoy.filters.http.router}]", FILTERS)


class Page:
    """An origin of its own: serves the page and takes its results."""

    def __init__(self, modules):
        self.results = queue.Queue()
        self.base = ""
        files = {"/web_cases.js": os.path.join(HERE, "web_cases.js"),
                 "/grpc-web.js": os.path.join(modules, "grpc-web", "index.js")}
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def send(self, body, kind):
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path in files:
                    with open(files[self.path], "rb") as file:
                        return self.send(file.read(), "text/javascript")
                return self.send(PAGE.replace("BASE", page.base).encode(), "text/html")

            def do_POST(self):
                size = int(self.headers["content-length"])
                page.results.put(json.loads(self.rfile.read(size)))
                return self.send(b"", "text/plain")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def in_node(modules, base, _page):
    done = subprocess.run(["node", os.path.join(HERE, "web_node.js"), modules, base],
                          capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0 or not done.stdout:
        return [["node", (done.stderr or "said nothing")[-500:]]]
    return json.loads(done.stdout.splitlines()[-1])


def in_browser(_modules, base, page):
    page.base = base
    with tempfile.TemporaryDirectory() as profile:
        browser = subprocess.Popen(
            [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--user-data-dir=" + profile, "--remote-debugging-port=0",
             f"http://127.0.0.1:{page.port}/"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return page.results.get(timeout=120)
        except queue.Empty:
            return [["the page", "no results within two minutes"]]
        finally:
            browser.terminate()
            browser.wait(20)


def chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser")


def counted(admin, name):
    url = f"http://127.0.0.1:{admin}/stats?filter={name}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def main():
    convoy_binary, modules = sys.argv[1:]
    page = Page(modules)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    server.add_generic_rpc_handlers((grpc_test.Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    listen, admin = grpc_test.free_port(), grpc_test.free_port()
    runs = [("Node", shutil.which("node"), in_node), ("Chromium", chromium(), in_browser)]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "convoy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(configuration(listen, port, page.port, admin))
        with open(os.path.join(folder, "log"), "w+", encoding="utf-8") as log:
            convoy = subprocess.Popen([convoy_binary, "-c", path, "--concurrency", "2"],
                                      stdout=log, stderr=log)
            try:
                channel = grpc.insecure_channel(f"127.0.0.1:{listen}")
                grpc.channel_ready_future(channel).result(timeout=10)
                channel.close()
                for name, found, run in runs:
                    if not found:
                        print(f"skipped: {name} is not installed")
                        continue
                    grpc_test.cancelled.clear()
                    for case, why in run(modules, f"http://127.0.0.1:{listen}", page):
                        passed += not why
                        failed += bool(why)
                        if why:
                            print(f"FAILED {name}, {case}: {why}")
                preflights = counted(admin, "http.grpc.cors.origin_valid").strip()
                print(f"preflights and calls from the page's origin: {preflights}")
            finally:
                convoy.terminate()
                convoy.wait(10)
                server.stop(None)
                if failed:
                    log.seek(0)
                    print(log.read()[-2000:])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

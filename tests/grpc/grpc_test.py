#!/usr/bin/env python3
"""Real gRPC (grpcio) through Convoy: HTTP/2 on both sides, nothing of ours in client or server.

  grpc_test.py CONVOY

Unary calls, streams in each direction, metadata and trailers, statuses, deadlines (the client's and
the route's), cancellation, large messages, many calls at once on one connection, ten thousand open
streams on a hundred, retries, a server that is not there, and reloads under load. The last line is "N passed, N failed".
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent import futures

import grpc

TEMPLATE = """
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
static_resources:
  listeners:
  - name: grpc
    address: {{socket_address: {{address: 127.0.0.1, port_value: {listen}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: grpc
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - {{match: {{prefix: /gone}}, route: {{cluster: gone}}}}
              - match: {{prefix: /t.T/Flaky}}
                route: {{cluster: server, retry_policy: {{retry_on: unavailable, num_retries: 3}}}}
              - {{match: {{prefix: /t.T/Many}}, route: {{cluster: many, timeout: 0s}}}}
              - match: {{prefix: /t.T/Held}}
                route: {{cluster: server, timeout: 0s, max_stream_duration: {{grpc_timeout_header_max: 0.5s}}}}
              - {{match: {{prefix: /t.T}}, route: {{cluster: server, timeout: 0s}}}}
          http_filters: [{{name: envoy.filters.http.router}}]
  clusters:
  - name: server
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{http2_protocol_options: {{}}}}
    load_assignment:
      cluster_name: server
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {server}}}}}}}}}]}}]
  - name: many
    circuit_breakers: {{thresholds: [{{max_requests: 20000, max_pending_requests: 20000}}]}}
    http2_protocol_options: {{}}
    load_assignment:
      cluster_name: many
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {many}}}}}}}}}]}}]
  - name: gone
    http2_protocol_options: {{}}
    load_assignment:
      cluster_name: gone
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 1}}}}}}}}]}}]
"""

flaky_calls = [0]
cancelled = threading.Event()


def unary(request, context):
    context.set_trailing_metadata((("x-trailer", "t"),))
    context.send_initial_metadata((("x-initial", "i"),))
    return request


def fail(request, context):
    context.abort(grpc.StatusCode.NOT_FOUND, "no such thing")


def flaky(request, context):
    flaky_calls[0] += 1
    if flaky_calls[0] < 3:
        context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
    return request


def slow(request, context):
    context.add_callback(cancelled.set)
    for _ in range(100):
        if cancelled.wait(0.05):
            return request
    return request


def download(request, context):
    for i in range(int(request)):
        yield b"%d" % i


def upload(requests, context):
    return b"%d" % sum(len(r) for r in requests)


def chat(requests, context):
    for request in requests:
        yield request


def held(request, context):
    """What the deadline that arrived here leaves, in seconds."""
    if request == b"ask":
        return b"%.1f" % context.time_remaining()
    return slow(request, context)


class Handler(grpc.GenericRpcHandler):
    KINDS = {"/t.T/Unary": grpc.unary_unary_rpc_method_handler(unary),
             "/t.T/Fail": grpc.unary_unary_rpc_method_handler(fail),
             "/t.T/Flaky": grpc.unary_unary_rpc_method_handler(flaky),
             "/t.T/Slow": grpc.unary_unary_rpc_method_handler(slow),
             "/t.T/Held": grpc.unary_unary_rpc_method_handler(held),
             "/t.T/Down": grpc.unary_stream_rpc_method_handler(download),
             "/t.T/Up": grpc.stream_unary_rpc_method_handler(upload),
             "/t.T/Chat": grpc.stream_stream_rpc_method_handler(chat)}

    def service(self, details):
        return self.KINDS.get(details.method)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def status_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def cpu_seconds(pid):
    """Of a process and of those that it started and that still live."""
    total = 0
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        total += sum(cpu_seconds(int(child)) for child in file.read().split())
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return total + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Side:
    """A process of open_streams.py."""

    def __init__(self, *arguments):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "open_streams.py")
        self.process = subprocess.Popen([sys.executable, script, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def says(self, word):
        """What follows the word that it is to say next."""
        line = self.process.stdout.readline().strip()
        assert line.startswith(word + " "), f"{word!r} was to come, not {line!r}"
        return line[len(word) + 1:]

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def cpu(self):
        return cpu_seconds(self.process.pid)

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def open_streams(target, admin, server, convoy, clients=4, channels=25, each=100):
    """Chats on many connections: one message to and fro, then all wait for each other, then another."""
    begin, before = time.monotonic(), cpu_seconds(convoy.pid)
    sides = [Side("client", target, channels, each) for _ in range(clients)]
    try:
        counts = [side.says("open") for side in sides]
        opened = time.monotonic() - begin
        assert counts == [str(channels * each)] * clients, f"only {counts} were open after {opened:.0f} s"
        active = stat_of(admin, "cluster.many.upstream_rq_active")
        for side in sides:
            side.go_on()
        ends = [side.says("ended") for side in sides]
        spent = [sum(side.cpu() for side in sides), server.cpu(), cpu_seconds(convoy.pid) - before]
    finally:
        for side in sides:
            side.end()
    assert ends == [str(channels * each)] * clients, ends
    assert active == clients * channels * each, f"{active} were active"
    print(f"{active} streams on {clients * channels} connections: open after {opened:.1f} s, all ended after "
          f"{time.monotonic() - begin:.1f} s; CPU: {clients} clients {spent[0]:.1f} s, server {spent[1]:.1f} s, "
          f"Convoy {spent[2]:.1f} s")


def stat_of(admin, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/stats?filter=^{name}$", timeout=10) as answer:
        return int(answer.read().decode().split(":")[1])


def tests(channel, convoy, target, admin, many):
    call = channel.unary_unary("/t.T/Unary")

    def unary_call():
        answer, info = call.with_call(b"hello", timeout=5)
        assert answer == b"hello"
        assert ("x-initial", "i") in [tuple(m) for m in info.initial_metadata()]
        assert ("x-trailer", "t") in [tuple(m) for m in info.trailing_metadata()]

    def large_message():
        data = os.urandom(3_000_000)
        assert call(data, timeout=10) == data

    def status_and_message():
        try:
            channel.unary_unary("/t.T/Fail")(b"", timeout=5)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.NOT_FOUND
            assert error.details() == "no such thing"
            return
        raise AssertionError("no error")

    def server_stream():
        got = list(channel.unary_stream("/t.T/Down")(b"2000", timeout=10))
        assert got == [b"%d" % i for i in range(2000)]

    def client_stream():
        size = channel.stream_unary("/t.T/Up")((b"x" * 10000 for _ in range(300)), timeout=10)
        assert size == b"3000000"

    def both_streams_in_step():
        sent = []

        def ask():
            for i in range(200):
                sent.append(i)
                yield b"%d" % i
        for i, answer in enumerate(channel.stream_stream("/t.T/Chat")(ask(), timeout=10)):
            assert answer == b"%d" % i
        assert len(sent) == 200

    def deadline():
        begin = time.monotonic()
        assert status_of(lambda: channel.unary_unary("/t.T/Slow")(b"", timeout=0.3)) \
            == grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - begin < 3
        assert cancelled.wait(3), "the server was not told"
        cancelled.clear()

    def cancellation():
        future = channel.unary_unary("/t.T/Slow").future(b"", timeout=10)
        time.sleep(0.3)
        future.cancel()
        assert cancelled.wait(3), "the server was not told"
        cancelled.clear()
        unary_call()

    def many_at_once():
        for _ in range(3):
            # From 1000 waiting calls on a gRPC server drops some at random.
            pending = [call.future(b"%d" % i, timeout=20) for i in range(800)]
            for i, future in enumerate(pending):
                assert future.result() == b"%d" % i

    def a_route_shortens_the_deadline():
        route = channel.unary_unary("/t.T/Held")
        assert float(route(b"ask", timeout=60)) <= 0.5
        begin = time.monotonic()
        assert status_of(lambda: route(b"", timeout=60)) in (
            grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
        assert time.monotonic() - begin < 3
        cancelled.wait(3)
        cancelled.clear()

    def ten_thousand_open_streams():
        """Each has had an answer and stays open until all have."""
        open_streams(target, admin, many, convoy)

    def no_server():
        assert status_of(lambda: channel.unary_unary("/gone.G/X")(b"", timeout=5)) \
            == grpc.StatusCode.UNAVAILABLE

    def no_route():
        assert status_of(lambda: channel.unary_unary("/other/X")(b"", timeout=5)) \
            == grpc.StatusCode.UNIMPLEMENTED

    def retried_on_unavailable():
        assert channel.unary_unary("/t.T/Flaky")(b"f", timeout=5) == b"f"
        assert flaky_calls[0] == 3

    def reloads_lose_no_call():
        end, failures, done = time.monotonic() + 4, [], [0]

        def load():
            while time.monotonic() < end:
                code = status_of(lambda: call(b"x", timeout=5))
                done[0] += 1
                if code != grpc.StatusCode.OK:
                    failures.append(code)
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            time.sleep(0.6)
            convoy.send_signal(signal.SIGHUP)
        for thread in threads:
            thread.join()
        assert not failures, f"{len(failures)} of {done[0]}: {failures[:3]}"
        assert done[0] > 100

    return [v for v in locals().values() if callable(v) and getattr(v, "__name__", "") not in
            ("", "unary_unary") and hasattr(v, "__code__")]


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    listen, admin = free_port(), free_port()
    many = Side("server")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "convoy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(TEMPLATE.format(listen=listen, server=port, admin=admin, many=many.says("port")))
        log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")
        convoy = subprocess.Popen([sys.argv[1], "-c", path, "--concurrency", "2"], stdout=log,
                                  stderr=log)
        passed = failed = 0
        try:
            channel = grpc.insecure_channel(f"127.0.0.1:{listen}")
            grpc.channel_ready_future(channel).result(timeout=10)
            for test in tests(channel, convoy, f"127.0.0.1:{listen}", admin, many):
                try:
                    test()
                    passed += 1
                except Exception as error:  # every test is tried
                    failed += 1
                    print(f"FAILED {test.__name__}: {type(error).__name__} {error}"[:600])
            channel.close()
        finally:
            convoy.terminate()
            convoy.wait(10)
            many.end()
            server.stop(None)
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

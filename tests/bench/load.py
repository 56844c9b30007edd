"""The loads of `make bench`: what wrk, h2load, paced_client or tls_client sends, and what it says
came back."""
import dataclasses
import os
import re
import statistics
import subprocess

import peers
import programs

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 5000

# What a browser sends on a site with a login: about 1 KiB with the request line.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                  "Chrome/126.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
              "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Referer": "https://shop.example.com/catalogue/garden/tools?page=3&order=price&stock=1",
    "Sec-Ch-Ua": "\"Chromium\";v=\"126\", \"Not.A/Brand\";v=\"24\"",
    "Sec-Ch-Ua-Mobile": "?0",
    "Sec-Ch-Ua-Platform": "\"Linux\"",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
    "Cookie": "sid=9f8c1e2b7a6d4f30b1c2d3e4f5a6b7c8; cart=12%2C845%2C9931; theme=light; "
              "_visit=GS1.1.1718000000.4.1.1718003600.0.0.0; consent=necessary%2Cstatistics",
}


@dataclasses.dataclass
class Scenario:
    title: str
    connections: int
    path: str = "/1024"
    headers: dict = dataclasses.field(default_factory=dict)
    script: str = ""
    front: str = "http"       # the port of World that is driven
    drive: str = "wrk"        # or h2load, paced: at a fixed rate; h2: h2load; full, resumed: TLS
    streams: int = 1          # of each connection (h2)
    also: tuple = ()          # of peers.BEYOND: measured here, too
    pair: tuple = ()  # compare these instead of the proxies: (name, {a field of World: value})


SCENARIOS = {
    "c1": Scenario("GET 1 KiB, 1 connection", 1),
    "1k": Scenario("GET 1 KiB, 64 connections", 64),
    "c1000": Scenario("GET 1 KiB, 1,000 connections", 1000),
    "hdr": Scenario("browser-like headers, 64 connections", 64, "/rich/1024", BROWSER),
    "64k": Scenario("GET 64 KiB, 64 connections", 64, "/65536"),
    "1m": Scenario("GET 1 MiB, 16 connections", 16, "/1048576"),
    "post": Scenario("POST 64 KiB, 64 connections", 64, "/upload", script="post64k.lua"),
    "close": Scenario("connection close per request, 64 at a time", 64,
                      headers={"Connection": "close"}),
    "rate": Scenario("5,000 requests/s, in bursts of 32", 32, drive="h2load"),
    "paced": Scenario("5,000 requests/s, evenly spaced", 32, drive="paced"),
    "tcp1k": Scenario("TCP proxy, 1 KiB, 64 connections", 64, front="tcp"),
    "tcp1m": Scenario("TCP proxy, 1 MiB, 16 connections", 16, "/1048576", front="tcp"),
    "h2": Scenario("HTTP/2 to HTTP/1, GET 1 KiB, 16 connections with 16 streams", 16, front="h2",
                   drive="h2", streams=16, also=("nghttpx",)),
    "grpc": Scenario("gRPC unary, HTTP/2 both sides, 16 connections with 16 streams", 16,
                     "/bench.Echo/Unary", {"content-type": "application/grpc", "te": "trailers"},
                     front="grpc", drive="h2", streams=16, also=("nghttpx",)),
    "tls": Scenario("TLS 1.3: full handshake, one request, close; 16 at a time", 16, "/2",
                    front="tls", drive="full"),
    "tlsr": Scenario("TLS 1.3: resumed handshake, one request, close; 16 at a time", 16, "/2",
                     front="tls", drive="resumed"),
    "tls1m": Scenario("TLS 1.3, GET 1 MiB, 16 connections", 16, "/1048576", front="tls",
                      also=("nghttpx",)),
    "2w": Scenario("two workers instead of one, GET 1 KiB, 64 connections", 64,
                   pair=("2 workers", {"workers": 2})),
    "log": Scenario("access log on, GET 1 KiB, 64 connections", 64, pair=("log", {"log": True})),
    "id": Scenario("request ids on, GET 1 KiB, 64 connections", 64,
                   pair=("id", {"request_id": True})),
}


@dataclasses.dataclass
class Sample:
    cpu_us: float  # of the proxy, for each response
    rps: float
    p50_us: float
    p99_us: float
    responses: int
    failures: int


def run(scenario, port, seconds, proxy, host="bench.test"):
    """Drives `proxy` once. Failures are socket errors and answers other than 2xx."""
    before = proxy.cpu_us()
    drive = {"wrk": _wrk, "h2load": _h2load, "paced": _paced, "h2": _h2, "full": _handshakes,
             "resumed": _handshakes}[scenario.drive]
    responses, failures, rps, p50, p99 = drive(scenario, port, seconds, host)
    used = proxy.cpu_us() - before
    proxy.check_running()
    return Sample(used / max(1, responses), rps, p50, p99, responses, failures)


def _output(argv, seconds):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds + 60, check=False,
                          preexec_fn=programs.pinned(programs.processors()[1]))
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} failed: {done.stderr[-500:]}{done.stdout[-500:]}")
    return done.stdout


def _wrk(scenario, port, seconds, host):
    argv = ["wrk", "-t1", f"-c{scenario.connections}", f"-d{seconds}", "--latency",
            "--timeout", "10", "-H", "Host: " + host]
    for name, value in scenario.headers.items():
        argv += ["-H", f"{name}: {value}"]
    if scenario.script:
        argv += ["-s", os.path.join(HERE, scenario.script)]
    scheme = "https" if scenario.front == "tls" else "http"
    text = _output(argv + [f"{scheme}://127.0.0.1:{port}{scenario.path}"], seconds)
    total = re.search(r"(\d+) requests in", text)
    rps = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if not total or not rps:
        raise RuntimeError("wrk said: " + text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                       text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    failures = sum(int(n) for n in errors.groups()) if errors else 0
    failures += int(refused.group(1)) if refused else 0
    return (int(total.group(1)), failures, float(rps.group(1)),
            _micros(text, "50%"), _micros(text, "99%"))


def _micros(text, percentile):
    found = re.search(re.escape(percentile) + r"\s+([\d.]+)(us|ms|s|m)\b", text)
    if not found:
        return float("nan")
    return float(found.group(1)) * {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}[found.group(2)]


def _h2load(scenario, port, seconds, _host):
    """At a fixed rate, but the connections send at about the same time: bursts."""
    each = RATE / scenario.connections
    return _h2load_log(["--h1", f"-c{scenario.connections}", f"--rps={each:g}",
                        f"-n{RATE * seconds}", f"http://127.0.0.1:{port}{scenario.path}"], seconds)


def _h2(scenario, port, seconds, host):
    """Over HTTP/2 without TLS, each stream one request after the other; a POST of a gRPC message
    where the type of the request is gRPC."""
    argv = [f"-c{scenario.connections}", f"-m{scenario.streams}", f"-D{seconds}",
            "-H", ":authority: " + host]
    for name, value in scenario.headers.items():
        argv += ["-H", f"{name}: {value}"]
    if scenario.front == "grpc":
        message = os.path.join(programs.RUN, "message")
        with open(message, "wb") as file:
            file.write(peers.GRPC_MESSAGE)
        argv += ["-d", message]
    return _h2load_log(argv + [f"http://127.0.0.1:{port}{scenario.path}"], seconds)


def _h2load_log(argv, seconds):
    """The log has a line of each request: start, status, microseconds."""
    log = os.path.join(programs.RUN, "h2load.log")
    if os.path.exists(log):
        os.unlink(log)
    text = _output(["h2load", f"--log-file={log}"] + argv, seconds)
    counts = re.search(r"requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, "
                       r"(\d+) failed, (\d+) errored, (\d+) timeout", text)
    if not counts:
        raise RuntimeError("h2load said: " + text)
    with open(log) as file:
        lines = [line.split("\t") for line in file]
    os.unlink(log)
    times = sorted(int(line[2]) for line in lines if line[1].startswith("2"))
    if len(times) < 2:
        raise RuntimeError("h2load: no successful request")
    failures = len(lines) - len(times) + sum(int(n) for n in counts.groups()[1:])
    cut = statistics.quantiles(times, n=100)
    return len(lines), failures, len(lines) / seconds, cut[49], cut[98]


def _paced(scenario, port, seconds, _host):
    """At a fixed rate, evenly spaced, whatever the answers do."""
    text = _output([os.path.join(peers.ROOT, "build", "tests", "paced_client"), str(port),
                    scenario.path, str(RATE), str(seconds), str(scenario.connections)], seconds)
    words = text.split()
    said = dict(zip(words[::2], words[1::2]))
    responses = int(said["responses"])
    return (responses, int(said["failures"]), responses / seconds,
            float(said["p50_us"]), float(said["p99_us"]))


def _handshakes(scenario, port, seconds, _host):
    """A connection for each request, with a new session or with a ticket of the one before."""
    text = _output([os.path.join(peers.ROOT, "build", "tests", "tls_client"), str(port),
                    scenario.path, scenario.drive, str(seconds), str(scenario.connections)],
                   seconds)
    words = text.split()
    said = dict(zip(words[::2], words[1::2]))
    responses = int(said["responses"])
    return (responses, int(said["failures"]), responses / seconds,
            float(said["p50_us"]), float(said["p99_us"]))

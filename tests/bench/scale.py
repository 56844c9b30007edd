"""The rows of `make bench` that are not a load: memory, the time of a start and of a reload, and
what a request costs when the configuration is large. Each measure returns rows: {"title", "unit",
"values": {target: [number of each round]}}; a target that failed has no numbers and an "error"."""
import os
import subprocess
import time

import load
import peers
import programs

CONNECTIONS = 10000
SIZES = (10, 1000, 10000)


class Row:
    def __init__(self, title, unit):
        self.title, self.unit, self.values, self.errors = title, unit, {}, {}

    def add(self, target, number):
        self.values.setdefault(target, []).append(number)

    def as_dict(self):
        return {"title": self.title, "unit": self.unit, "values": self.values,
                "errors": self.errors}


def for_each(rows, targets, rounds, measure):
    """A B C A B C. A proxy that cannot do it is left out from then on, and says why."""
    for _ in range(rounds):
        for target in targets:
            if any(target in row.errors for row in rows):
                continue
            try:
                measure(target)
            except RuntimeError as error:
                for row in rows:
                    row.values.pop(target, None)
                    row.errors[target] = str(error).strip().splitlines()[0][:200]


def one_nginx(targets):
    """What is tuned in nginx changes nothing of most rows."""
    return [name for name in targets if name != "nginx" or "nginx-tuned" not in targets]


def settled_pss(proxy):
    """KiB, when it no longer changes."""
    before = -1
    for _ in range(50):
        now = proxy.pss_kib()
        if abs(now - before) <= 4:
            break
        before = now
        time.sleep(0.1)
    return now


def silent_clients(port, count):
    """Connections that have each got one answer and are kept open; close its stdin to end it."""
    path = os.path.join(peers.ROOT, "build", "tests", "idle_clients")
    clients = subprocess.Popen([path, str(port), str(count), "/1024"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=programs.pinned(programs.processors()[1]))
    if clients.stdout.readline() != "READY\n":
        raise RuntimeError(clients.communicate()[1] or "idle_clients ended")
    return clients


def end(clients):
    clients.communicate()


def idle_connections(targets, backend, arguments):
    count = min(CONNECTIONS, programs.raise_limits() - 500)
    each = Row(f"an idle keep-alive connection, {count:,} of them", "bytes")
    # nginx has made room for all connections before the first comes.
    whole = Row(f"a proxy with {count:,} idle keep-alive connections", "KiB")

    def measure(target):
        with programs.Proxy(target, backend=backend.port) as proxy:
            end(silent_clients(proxy.world.http, 20))  # what is made once, is made now
            before = settled_pss(proxy)
            clients = silent_clients(proxy.world.http, count)
            try:
                after = settled_pss(proxy)
            finally:
                end(clients)
            each.add(target, (after - before) * 1024 / count)
            whole.add(target, after)

    for_each([each, whole], one_nginx(targets), min(3, arguments.rounds), measure)
    return [each, whole]


def spread(targets, backend, arguments):
    """Of those whose workers are processes."""
    row = Row("the busier of two workers, of 2,000 connections", "connections")

    def measure(target):
        with programs.Proxy(target, backend=backend.port, workers=2) as proxy:
            before = proxy.sockets()
            clients = silent_clients(proxy.world.http, 2000)
            try:
                # Each worker may also have opened one to the backend.
                row.add(target, max(proxy.sockets()) - max(before))
            finally:
                end(clients)

    for_each([row], [name for name in one_nginx(targets) if name in ("convoy", "nginx-tuned")],
             arguments.rounds, measure)
    return [row]


def idle_proxy(targets, backend, arguments):
    rows = []
    for clusters in (1, 1000):
        row = Row(f"an idle proxy, {clusters:,} cluster{'s' if clusters > 1 else ''}", "KiB")

        def measure(target, clusters=clusters, row=row):
            with programs.Proxy(target, backend=backend.port, clusters=clusters,
                                routes=clusters) as proxy:
                row.add(target, settled_pss(proxy))

        for_each([row], targets, min(3, arguments.rounds), measure)
        rows.append(row)
    return rows


def start_and_reload(targets, backend, arguments):
    """Envoy has no reload."""
    rows = []
    for form in ("json", "yaml"):
        what = f"10,000 routes{', Convoy and Envoy from YAML' if form == 'yaml' else ''}"
        start, again = Row(f"start with {what}", "ms"), Row(f"reload with {what}", "ms")

        def measure(target, form=form, start=start, again=again):
            with programs.Proxy(target, backend=backend.port, routes=10000, format=form) as proxy:
                start.add(target, proxy.start_ms)
                if target != "envoy":
                    again.add(target, proxy.reload_ms())

        here = one_nginx(targets)
        if form == "yaml":
            here = [name for name in targets if name in ("convoy", "envoy")]
        for_each([start, again], here, min(3, arguments.rounds), measure)
        rows += [start, again]
    return rows


def lookup(kind, word, target_of):
    """CPU of a request that is for the last of `kind`."""
    def measure_all(targets, backend, arguments):
        rows = [Row(f"GET 1 KiB, the last of {size:,} {word}", "CPU us") for size in SIZES]

        def measure(target):
            for size, row in zip(SIZES, rows):
                with programs.Proxy(target, backend=backend.port, **{kind: size}) as proxy:
                    path, host = target_of(size - 1)
                    scenario = load.Scenario(row.title, 64, path)
                    sample = load.run(scenario, proxy.world.http, arguments.seconds, proxy, host)
                    if sample.failures:
                        raise RuntimeError(f"{sample.failures} requests failed")
                    row.add(target, sample.cpu_us)

        for_each(rows, one_nginx(targets), arguments.rounds, measure)
        return rows
    return measure_all


MEASURES = {
    "idle": idle_connections,
    "spread": spread,
    "clusters": idle_proxy,
    "start": start_and_reload,
    "routes": lookup("routes", "routes", lambda last: (f"/r{last}/1024", "bench.test")),
    "hosts": lookup("hosts", "virtual hosts", lambda last: ("/1024", f"h{last}.test")),
}

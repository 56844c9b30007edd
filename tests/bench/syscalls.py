#!/usr/bin/env python3
"""syscalls.py [SCENARIO,...] [TARGET,...]: system calls for each request, as strace counts them in
all processes of a proxy. Needs strace. Being traced slows a proxy down, so that it finds more work
at each wake-up than it would: what a request costs is told rightly, what the loop costs is not."""
import os
import re
import signal
import subprocess
import sys

import load
import programs

SECONDS = 2


def attached(tracer, proxy):
    def traced():
        if tracer.poll() is not None:
            raise RuntimeError("strace ended: " + tracer.communicate()[1])
        for pid in proxy.pids():
            with open(f"/proc/{pid}/status") as file:
                if "TracerPid:\t0\n" in file.read():
                    return False
        return True
    programs.wait_for(traced, "strace to attach")


def count(scenario, target, backend):
    """(responses, {system call: (calls, errors)})"""
    with programs.Proxy(target, backend=backend.port, front=scenario.front) as proxy:
        port = getattr(proxy.world, scenario.front)
        load.run(scenario, port, 1, proxy)
        table = os.path.join(programs.RUN, "strace")
        argv = ["strace", "-c", "-f", "-o", table]
        for pid in proxy.pids():
            argv += ["-p", str(pid)]
        tracer = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
        try:
            attached(tracer, proxy)
            sample = load.run(scenario, port, SECONDS, proxy)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.communicate()
    counts = {}
    with open(table) as file:
        for words in (line.split() for line in file):
            if len(words) in (5, 6) and re.fullmatch(r"[\d.]+", words[0]) and words[-1] != "total":
                counts[words[-1]] = (int(words[3]), int(words[4]) if len(words) == 6 else 0)
    return sample.responses, counts


def main():
    scenarios = (sys.argv[1] if len(sys.argv) > 1 else "1k,64k,1m,close,tcp1m").split(",")
    targets = (sys.argv[2] if len(sys.argv) > 2 else "convoy").split(",")
    programs.raise_limits()
    os.makedirs(programs.RUN, exist_ok=True)
    with programs.Backend() as backend:
        for key in scenarios:
            for target in targets:
                responses, counts = count(load.SCENARIOS[key], target, backend)
                shown = sorted(counts.items(), key=lambda item: -item[1][0])
                calls = " ".join(
                    f"{name} {n / responses:.2f}" +
                    (f" ({errors / responses:.2f} failed)" if errors / responses > 0.005 else "")
                    for name, (n, errors) in shown if n / responses > 0.005)
                total = sum(n for n, _ in counts.values()) / responses
                print(f"{key:6} {target:12} {responses} responses, {total:.2f}: {calls}",
                      flush=True)


if __name__ == "__main__":
    main()

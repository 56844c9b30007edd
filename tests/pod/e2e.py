#!/usr/bin/env python3
"""The Pods of conf/kubernetes for real: nginx and Convoy in one Pod of podman, without a network.

    e2e.py CONVOY

podman starts the Pod as the manifest says: images, users, privileges, read-only root, mounts. It has no kubelet,
so what kubelet does is done here: it asks the probes from outside the containers, puts ConfigMaps there as a
directory whose symbolic link `..data` is swapped, and runs the preStop hook before SIGTERM. What cannot be
tried without a cluster is said at the end. Needs root; images are made on the spot, from Debian's files; all of
podman's storage is in a folder of this test.
The last line says how many checks passed and failed.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from images import build_images
from manifest import Manifest
from podman import Podman

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_HERE = """not checked, for want of a cluster:
  kubelet's own timing of probes, hooks and ConfigMap updates (this test did those by hand)
  the order of a native sidecar (initContainers with restartPolicy: Always): podman has none
  Service, NetworkPolicy, PodDisruptionBudget, hostPort, the service account's token"""


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, why=""):
        print(("ok      " if good else "FAILED  ") + what)
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("        " + str(why).strip().replace("\n", "\n        ")[-3000:])
        return good


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            return value
        time.sleep(0.05)
    return value


class ConfigMap:
    """A mounted ConfigMap as kubelet makes it: convoy.yaml -> ..data/convoy.yaml, ..data -> a directory."""

    def __init__(self, folder, key, text):
        self.folder, self.key, self.version = folder, key, 0
        folder.mkdir()
        folder.chmod(0o755)
        self.swap(text)
        (folder / key).symlink_to(f"..data/{key}")

    def swap(self, text):
        self.version += 1
        new = self.folder / f"..v{self.version}"
        new.mkdir()
        new.chmod(0o755)
        (new / self.key).write_text(text)
        (new / self.key).chmod(0o644)
        (self.folder / "..data_tmp").symlink_to(new.name)
        os.rename(self.folder / "..data_tmp", self.folder / "..data")
        if self.version > 1:
            shutil.rmtree(self.folder / f"..v{self.version - 1}")


def check_start(checks, pod):
    checks.check("startup probe: /ready answers 200", eventually(lambda: pod.get(8003, "/ready") == (200, "LIVE\n"), 60),
                 pod.logs("convoy"))
    checks.check("HTTP on 8001 reaches nginx", eventually(lambda: pod.get(8001, "/")[1] == "nginx in a pod\n"), pod.get(8001, "/"))
    checks.check("TCP on 8002 reaches nginx", pod.get(8002, "/")[1] == "nginx in a pod\n", pod.get(8002, "/"))
    checks.check("liveness probe: /live answers 200", pod.get(8003, "/live") == (200, "live\n"), pod.get(8003, "/live"))
    checks.check("Prometheus is served on the port of the probes", "envoy_server_live{} 1" in pod.get(8003, "/stats/prometheus")[1])
    checks.check("nothing else of the admin interface is", pod.get(8003, "/config_dump")[0] == 404, pod.get(8003, "/config_dump"))


def check_privileges(checks, pod, uid=65532):
    status = pod.status("convoy")
    checks.check(f"it runs as user {uid}", status["Uid"].split()[0] == str(uid), status["Uid"])
    checks.check("without a capability", all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd")), status)
    checks.check("and cannot gain any (NoNewPrivs)", status["NoNewPrivs"] == "1", status["NoNewPrivs"])
    checks.check("the seccomp profile is on", status["Seccomp"] == "2", status["Seccomp"])
    checks.check("the root file system is read-only", pod.refuses_writing("convoy", "/etc/new"), "a file could be written")
    checks.check("the mounted ConfigMap is, too", pod.refuses_writing("convoy", "/etc/convoy/new"), "a file could be written")


def check_config_map(checks, pod, config_map, text):
    """Under load: each swap is taken up, a broken one changes nothing, and no request fails."""
    host = '                - name: nginx\n                  domains: ["*"]\n'
    host = "\n".join(line[4:] for line in host.split("\n"))  # as the ConfigMap's value is indented

    def marked(value):
        return text.replace(host, host + "              response_headers_to_add: "
                            f"[{{ header: {{ key: x-version, value: {value} }} }}]\n")

    marked_text = marked("second")
    if not checks.check("the test can mark a configuration", marked_text != text, "the manifest has changed: adapt this test"):
        return
    with pod.load(8001) as load:
        config_map.swap(marked_text)
        checks.check("a swapped ConfigMap is served", eventually(lambda: "second" in pod.header(8001, "x-version")), pod.logs("convoy"))
        config_map.swap(marked_text + "\n  nonsense: true\n")
        rejected = eventually(lambda: pod.metric("convoy_config_last_reload_successful{}") == 0)
        checks.check("a broken one is rejected, and the metric says so", rejected, pod.logs("convoy"))
        checks.check("the log has the line", "nonsense" in pod.logs("convoy"), pod.logs("convoy"))
        checks.check("the old one serves on", "second" in pod.header(8001, "x-version"))
        config_map.swap(marked("third"))
        checks.check("the next good one is served", eventually(lambda: "third" in pod.header(8001, "x-version")), pod.logs("convoy"))
        config_map.swap(marked("fourth"))
        ended = pod.exec("convoy", "convoy", "reload", "--wait")
        checks.check("kubectl exec: convoy reload --wait waits for it", ended.returncode == 0 and "fourth" in pod.header(8001, "x-version"),
                     ended.stdout + ended.stderr)
    checks.check(f"meanwhile {load.good} requests, none failed", load.good > 0 and load.bad == 0, load.text)


def check_worker_death(checks, pod):
    before = pod.pid("convoy")
    pod.kill_worker("convoy")
    checks.check("a killed worker is replaced; the container is not restarted",
                 eventually(lambda: pod.metric('convoy_worker_exits_total{reason="signal"}') == 1) and pod.pid("convoy") == before
                 and eventually(lambda: pod.get(8001, "/")[0] == 200), pod.logs("convoy"))


def check_hook(checks, pod):
    """kubelet: the endpoints lose the Pod when /ready fails, the hook runs, then SIGTERM."""
    with pod.load(8001) as load:
        hook = pod.start_exec("convoy", "convoy", "drain", "--wait")
        checks.check("preStop: /ready fails at once", eventually(lambda: pod.get(8003, "/ready")[0] == 503, 2), pod.get(8003, "/ready"))
        checks.check("while /live does not", pod.get(8003, "/live")[0] == 200, pod.get(8003, "/live"))
        served = load.count()
        checks.check("and requests are served on", eventually(lambda: load.count() > served + 20, 3), load.count())
    checks.check(f"no request failed ({load.good}), until the endpoints were withdrawn", load.bad == 0 and load.good > 0, load.text)
    out, err = hook.communicate(timeout=60)
    checks.check("the hook returns 0 when all is drained", hook.returncode == 0, out + err)
    seconds, code = pod.stop("convoy", 40)
    checks.check(f"SIGTERM then takes {seconds:.1f} s, with status 0", code == 0 and seconds < 6, f"{code} {pod.logs('convoy')}")


def check_term(checks, pod):
    """Without a hook, and with a download under way."""
    download = pod.start_download(8001, "/slow")
    checks.check("a slow download has begun", eventually(lambda: download.begun()), download.text())
    seconds, code = pod.stop("convoy", 40)
    checks.check(f"SIGTERM alone: the download arrives whole, then it ends with status 0, after {seconds:.1f} s",
                 code == 0 and download.whole() and seconds < 40, f"{code} {download.text()}\n{pod.logs('convoy')}")


def main():
    convoy = sys.argv[1]
    for program in ("podman", "buildah", "nsenter", "nginx", "curl"):
        if not shutil.which(program):
            print(f"e2e-pod: SKIPPED: {program} is not installed: apt-get install podman buildah nginx-light curl")
            return 0
    if os.geteuid() != 0:
        print("e2e-pod: SKIPPED: it enters the network of a Pod, which only root may")
        return 0
    checks = Checks()
    work = pathlib.Path(tempfile.mkdtemp(prefix="convoy-pod-"))
    podman = Podman(work)
    try:
        why = podman.probe(lambda: build_images(podman, ROOT, convoy))
        if why:
            print(f"e2e-pod: SKIPPED: podman cannot start a container here: {why}")
            return 0
        manifest = Manifest(ROOT / "conf/kubernetes/sidecar.yaml")
        text = manifest.config("convoy-sidecar", "convoy.yaml")
        config_map = ConfigMap(work / "config", "convoy.yaml", text)
        with podman.play(manifest.pod("nginx", config_map.folder)) as pod:
            check_start(checks, pod)
            check_privileges(checks, pod)
            check_config_map(checks, pod, config_map, text)
            check_worker_death(checks, pod)
            check_hook(checks, pod)
        config_map.swap(text)
        with podman.play(manifest.pod("nginx", config_map.folder, user=1000660000)) as pod:
            print("once more, as a user that nobody knows:")
            check_start(checks, pod)
            check_privileges(checks, pod, 1000660000)
            check_term(checks, pod)
        manifest = Manifest(ROOT / "conf/kubernetes/daemonset.yaml")
        config_map = ConfigMap(work / "json", "envoy.json", manifest.config("envoy-config", "envoy.json"))
        with podman.play(manifest.pod_of_template("DaemonSet", "envoy", config_map.folder), "envoy", "convoy") as pod:
            print("the Pod of the DaemonSet, whose configuration ENVOY_CONFIG names:")
            checks.check("it becomes ready, without DNS", eventually(lambda: pod.get(8003, "/ready")[0] == 200, 60), pod.logs("convoy"))
            checks.check("its service cannot be found: 503, not a crash", eventually(lambda: pod.get(8001, "/")[0] == 503), pod.get(8001, "/"))
            seconds, code = pod.stop("convoy", 40)
            checks.check(f"SIGTERM ends it with status 0, after {seconds:.1f} s", code == 0 and seconds < 30, pod.logs("convoy"))
    finally:
        podman.remove()
        shutil.rmtree(work, ignore_errors=True)
    print(NOT_HERE)
    print(f"e2e-pod: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""podman with a configuration and storage of its own below the test's folder, and a Pod in it."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

# Hard limits of the machine may be lower than podman's defaults; without systemd there is only cgroupfs. Every
# folder is ours: `system reset` at the end empties them all.
CONTAINERS = """[containers]
default_ulimits = ["nofile=4096:4096", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "{runtime}"
tmp_dir = "{work}/tmp"
static_dir = "{work}/static"
volume_path = "{work}/volumes"
[network]
network_config_dir = "{work}/networks"
"""
STORAGE = """[storage]
driver = "{driver}"
graphroot = "{work}/storage"
runroot = "{work}/run"
"""


class Podman:
    def __init__(self, work):
        self.work = work
        self.environment = dict(os.environ, CONTAINERS_CONF=str(work / "containers.conf"),
                                CONTAINERS_STORAGE_CONF=str(work / "storage.conf"))

    def run(self, argv, **options):
        ended = subprocess.run([str(word) for word in argv], env=self.environment, capture_output=True, text=True, **options)
        if ended.returncode != 0:
            raise SystemExit(f"{argv[0]} {argv[1]} failed: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def try_run(self, *argv, timeout=90):
        return subprocess.run(["podman", *map(str, argv)], env=self.environment, capture_output=True, text=True, timeout=timeout)

    def configure(self, runtime, driver):
        (self.work / "containers.conf").write_text(CONTAINERS.format(runtime=runtime, work=self.work))
        (self.work / "storage.conf").write_text(STORAGE.format(driver=driver, work=self.work))

    def probe(self, build):
        """Finds a storage driver and a runtime that work here; otherwise the last error."""
        why = ""
        for driver in ("overlay", "vfs"):
            self.configure("runc", driver)
            try:
                build()
            except SystemExit as error:
                why = str(error)
                continue
            for runtime in ("runc", "crun"):
                self.configure(runtime, driver)
                ended = self.try_run("run", "--rm", "--network", "none", "localhost/convoy:latest", "--version")
                if ended.returncode == 0:
                    print(f"podman with {runtime} and {driver}")
                    return ""
                why = ended.stderr.strip()
        return why

    @contextlib.contextmanager
    def play(self, text, name="nginx", network_of="nginx"):
        file = self.work / "pod.yaml"
        file.write_text(text)
        ended = self.try_run("play", "kube", "--network", "none", file)
        if ended.returncode != 0:
            raise SystemExit(f"podman play kube: {ended.stdout}{ended.stderr}\n{text}")
        pod = Pod(self, name, network_of)
        try:
            yield pod
        finally:
            pod.end()
            self.try_run("pod", "rm", "-f", "-t", "1", name)

    def remove(self):
        self.try_run("system", "reset", "--force")


class Pod:
    def __init__(self, podman, name, network_of):
        self.podman, self.name, self.started = podman, name, []
        self.network = self.pid(network_of)

    def end(self):
        for process in self.started:
            process.kill()
            process.wait()

    # Containers.
    def inspect(self, container, what):
        return self.podman.try_run("inspect", "-f", "{{" + what + "}}", f"{self.name}-{container}").stdout.strip()

    def pid(self, container):
        return int(self.inspect(container, ".State.Pid"))

    def logs(self, container):
        """Without the lines of the access log."""
        ended = self.podman.try_run("logs", f"{self.name}-{container}")
        return "".join(line + "\n" for line in (ended.stdout + ended.stderr).splitlines() if ' HTTP/1.1" ' not in line)

    def status(self, container):
        lines = pathlib.Path(f"/proc/{self.pid(container)}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def refuses_writing(self, container, path):
        """As root from outside: only a read-only file system can refuse it."""
        try:
            pathlib.Path(f"/proc/{self.pid(container)}/root{path}").write_text("x")
        except OSError as error:
            return error.errno == 30  # EROFS
        return False

    def exec(self, container, *argv):
        return self.podman.try_run("exec", f"{self.name}-{container}", *argv)

    def start_exec(self, container, *argv):
        process = subprocess.Popen(["podman", "exec", f"{self.name}-{container}", *argv], env=self.podman.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.started.append(process)
        return process

    def kill_worker(self, container):
        pid = self.pid(container)
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)

    def stop(self, container, grace):
        """SIGTERM, and SIGKILL at the end of the grace period, as kubelet does. Seconds and exit status."""
        start = time.monotonic()
        self.podman.try_run("stop", "-t", grace, f"{self.name}-{container}")
        return time.monotonic() - start, int(self.inspect(container, ".State.ExitCode"))

    # Its network, entered from outside.
    def inside(self, *argv):
        return ["nsenter", "-t", str(self.network), "-n", *map(str, argv)]

    def get(self, port, path):
        ended = subprocess.run(self.inside("curl", "-s", "-m", "5", "-w", "\n%{http_code}", f"http://127.0.0.1:{port}{path}"),
                               capture_output=True, text=True)
        body, _, status = ended.stdout.rpartition("\n")
        return int(status or 0), body

    def header(self, port, name):
        ended = subprocess.run(self.inside("curl", "-s", "-m", "5", "-D", "-", "-o", "/dev/null", f"http://127.0.0.1:{port}/"),
                               capture_output=True, text=True)
        return "".join(line for line in ended.stdout.splitlines() if line.lower().startswith(name + ":"))

    def metric(self, series):
        for line in self.get(8003, "/stats/prometheus")[1].splitlines():
            if line.startswith(series + " "):
                return float(line.split()[-1])
        return None

    @contextlib.contextmanager
    def load(self, port):
        load = Load(self, port)
        try:
            yield load
        finally:
            load.stop()

    def start_download(self, port, path):
        return Download(self, port, path)


class Load:
    """Keep-alive clients in the Pod's network, that forgive nothing."""

    def __init__(self, pod, port):
        self.file = pod.podman.work / "load.json"
        self.file.unlink(missing_ok=True)
        client = pathlib.Path(__file__).parent / "client.py"
        self.process = subprocess.Popen(pod.inside(sys.executable, client, port, self.file), stdin=subprocess.PIPE)
        pod.started.append(self.process)
        self.good = self.bad = 0
        self.text = ""
        deadline = time.monotonic() + 20
        while self.count() < 10 and time.monotonic() < deadline:
            time.sleep(0.05)

    def count(self):
        try:
            return json.loads(self.file.read_text())["good"]
        except (OSError, ValueError):
            return 0

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        result = json.loads(self.file.read_text())
        self.good, self.bad, self.text = result["good"], result["bad"], result["why"]


class Download:
    def __init__(self, pod, port, path):
        from images import SLOW_BYTES
        self.bytes, self.file = SLOW_BYTES, pod.podman.work / "download"
        self.process = subprocess.Popen(pod.inside("curl", "-sS", "-m", "60", "-o", self.file, f"http://127.0.0.1:{port}{path}"),
                                        stderr=subprocess.PIPE, text=True)
        pod.started.append(self.process)

    def size(self):
        return self.file.stat().st_size if self.file.exists() else 0

    def begun(self):
        return self.size() > 0

    def whole(self):
        self.process.wait(timeout=60)
        return self.process.returncode == 0 and self.size() == self.bytes

    def text(self):
        return f"{self.size()} of {self.bytes} bytes"

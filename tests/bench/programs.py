"""Programs that the benchmark starts: each alone on a processor, in a folder of its own, and ended
by the process id that its start returned. Also what the kernel knows of them: CPU time, memory."""
import glob
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import peers

RUN = os.path.join(peers.ROOT, "build", "bench", "run")


def processors():
    """(of the proxy, of the backend and the clients)."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[1 % len(allowed)]


def raise_limits():
    """As many open files as may be; returns how many."""
    for most in (65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            return most
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def pinned(*onto):
    """For preexec_fn: onto these processors, and before other programs where that is allowed."""
    def apply():
        os.sched_setaffinity(0, onto)
        try:
            os.setpriority(os.PRIO_PROCESS, 0, -10)
        except PermissionError:
            pass
    return apply


def free_ports(count):
    """Ports that nobody listens on, below those that connections are given."""
    found, candidate = [], 20000 + os.getpid() % 8000
    while len(found) < count:
        candidate += 1
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
                found.append(candidate)
            except OSError:
                continue
    return found


def get(port, path, host="bench.test"):
    """(status, body) of one GET on a connection of its own; (0, b"") if there is no answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                           .encode())
            text = b""
            while True:
                piece = client.recv(65536)
                if not piece:
                    break
                text += piece
    except OSError:
        return 0, b""
    head, _, body = text.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body


def wait_for(condition, what, seconds=30, pause=0.002):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("gave up waiting: " + what)
        time.sleep(pause)


class Program:
    """A child process and its descendants. Use it with `with`."""

    def __init__(self, argv, onto, name, folder=None):
        self.name = name
        self.folder = folder
        self.errors = tempfile.TemporaryFile()
        with open(os.path.join(folder, "stdout") if folder else os.devnull, "wb") as output:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=self.errors, preexec_fn=pinned(*onto))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def pids(self):
        found, ahead = [], [self.child.pid]
        while ahead:
            pid = ahead.pop()
            found.append(pid)
            for path in glob.glob(f"/proc/{pid}/task/*/children"):
                try:
                    with open(path) as file:
                        ahead += [int(word) for word in file.read().split()]
                except OSError:
                    pass
        return found

    def cpu_us(self):
        """Microseconds of CPU that all its threads have used."""
        total = 0
        for pid in self.pids():
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                try:
                    with open(path) as file:
                        total += int(file.read().split()[0])
                except OSError:
                    pass
        return total / 1000

    def sockets(self):
        """How many each of its processes has open, the most first."""
        return sorted((sum(os.readlink(path).startswith("socket:") for path in
                           glob.glob(f"/proc/{pid}/fd/*")) for pid in self.pids()), reverse=True)

    def pss_kib(self):
        """Its share of memory, all its processes."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        return total

    def error_text(self):
        # The position in the file is the child's, too: it must not move.
        size = os.fstat(self.errors.fileno()).st_size
        return os.pread(self.errors.fileno(), 2000, max(0, size - 2000)).decode(errors="replace")

    def check_running(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.error_text()}")

    def stop(self):
        """SIGINT ends each of them at once; workers outlive a killed master, so it goes last."""
        if self.child.poll() is None:
            pids = self.pids()
            self.child.send_signal(signal.SIGTERM if "nginx" in self.name else signal.SIGINT)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                for pid in reversed(pids):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                self.child.wait()
        self.errors.close()


class Proxy(Program):
    """One of peers.CONFIGURATIONS, which answers when the constructor returns."""

    def __init__(self, name, **world):
        front = world.pop("front", "http")  # the port that is wanted besides that of HTTP
        ports = dict(zip(("http", front), free_ports(2)))
        self.world = peers.World(**ports, **world)
        os.makedirs(RUN, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=name + ".", dir=RUN)
        self.make = peers.CONFIGURATIONS[name]
        argv = self.make(self.world, folder)
        self.started = time.monotonic()
        super().__init__(argv, processors()[:self.world.workers], name, folder)
        try:
            wait_for(lambda: self.answers(self.world.marker), f"{name} to answer")
        except RuntimeError as error:
            self.stop()
            raise RuntimeError(str(error)) from None
        self.start_ms = (time.monotonic() - self.started) * 1000

    def answers(self, marker):
        self.check_running()
        if self.name == "nghttpx":
            return get(self.world.http, "/2") == (200, b"xx")
        host = f"h{self.world.hosts - 1}.test"
        return get(self.world.http, "/marker", host) == (200, marker.encode())

    def master_listens(self):
        """HAProxy's workers answer while its master still executes itself anew, and a signal that
        comes meanwhile is lost."""
        with open(f"/proc/{self.child.pid}/environ", "rb") as file:
            waits = b"HAPROXY_MWORKER_WAIT_ONLY" in file.read()
        with open(f"/proc/{self.child.pid}/status") as file:
            status = dict(line.split(":\t", 1) for line in file)
        catches = int(status["SigCgt"], 16) >> (signal.SIGUSR2 - 1) & 1
        return waits and catches and status["State"].startswith("S")

    def reload_ms(self):
        """Milliseconds from the signal until a new connection meets the new configuration."""
        self.world.marker = "2" if self.world.marker == "1" else "1"
        self.make(self.world, self.folder)
        if self.name == "haproxy":
            wait_for(self.master_listens, "haproxy's master")
        begun = time.monotonic()
        self.child.send_signal(signal.SIGUSR2 if self.name == "haproxy" else signal.SIGHUP)
        wait_for(lambda: self.answers(self.world.marker), f"{self.name} to reload")
        return (time.monotonic() - begun) * 1000

    def stop(self):
        try:
            super().stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Backend(Program):
    def __init__(self):
        path = os.path.join(peers.ROOT, "build", "tests", "fast_backend")
        self.port = free_ports(1)[0]
        super().__init__([path, str(self.port)], processors()[1:], "fast_backend")
        wait_for(lambda: get(self.port, "/2") == (200, b"xx"), "the backend to answer")


class GrpcBackend(Program):
    """nghttpd: answers each call of /bench.Echo/Unary with a message and the trailer of success."""

    def __init__(self):
        self.port = free_ports(1)[0]
        self.root = tempfile.mkdtemp(prefix="grpc.", dir=RUN)
        os.makedirs(os.path.join(self.root, "bench.Echo"))
        with open(os.path.join(self.root, "bench.Echo", "Unary"), "wb") as file:
            file.write(peers.GRPC_MESSAGE)
        argv = [shutil.which("nghttpd") or "/usr/bin/nghttpd", "--no-tls", "-a127.0.0.1",
                "-d" + self.root, "--trailer=grpc-status: 0", str(self.port)]
        super().__init__(argv, processors()[1:], "nghttpd")
        wait_for(self.listens, "nghttpd to listen")

    def listens(self):
        self.check_running()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def certificate():
    """A file with a certificate of its own for bench.test and its key: ECDSA, as is usual today."""
    key, pem = os.path.join(RUN, "key.pem"), os.path.join(RUN, "bench.pem")
    done = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                           "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                           "/CN=bench.test", "-keyout", key, "-out", pem],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl: " + done.stderr[-300:])
    with open(key) as file, open(pem, "a") as out:
        out.write(file.read())
    os.unlink(key)
    os.chmod(pem, 0o600)
    return pem

"""The two images, from scratch, from files of this machine: Convoy as `make image` builds it, and Debian's nginx."""
import pathlib
import shutil
import subprocess

NGINX = """daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server {
    listen 8080;
    keepalive_timeout 600s;
    keepalive_requests 100000;
    location / { return 200 "nginx in a pod\\n"; }
    location = /slow { root /srv; limit_rate 100k; }
  }
}
"""
SLOW_BYTES = 1_200_000  # at 100 KiB a second: longer than the delay after SIGTERM, shorter than the drain


def _libraries(program):
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        for word in line.split():
            if word.startswith("/"):
                yield word


def _nginx_root(root):
    program = shutil.which("nginx")
    for folder in ("tmp", "dev", "proc", "sys", "etc/nginx", "srv", "var/log/nginx", "var/lib/nginx"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    for path in [program, *_libraries(program)]:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path(path).resolve(), target)
    (root / "etc/nginx/nginx.conf").write_text(NGINX)
    (root / "srv/slow").write_bytes(b"x" * SLOW_BYTES)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/sbin/nologin\nnginx:x:101:101::/:/sbin/nologin\n")
    (root / "etc/group").write_text("root:x:0:\nnginx:x:101:\nnogroup:x:65534:\n")
    return program


def build_images(podman, tree, convoy):
    podman.run([tree / "scripts/image.sh", pathlib.Path(convoy).resolve(), "localhost/convoy", podman.work / "convoy.tar"])
    root = podman.work / "nginx-root"
    shutil.rmtree(root, ignore_errors=True)
    program = _nginx_root(root)
    container = podman.run(["buildah", "from", "scratch"]).strip()
    podman.run(["buildah", "copy", "--quiet", container, root, "/"])
    podman.run(["buildah", "config", "--user", "101:101", "--cmd", "",
                "--entrypoint", f'["{program}", "-c", "/etc/nginx/nginx.conf", "-e", "stderr"]', container])
    podman.run(["buildah", "commit", "--quiet", "--rm", container, "localhost/nginx:test"])

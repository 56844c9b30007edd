#!/bin/bash
# Installs the Debian package where systemd is process 1, and goes through its life:
# deb_test.sh OLD.deb NEW.deb
# A fresh Debian 12 is made with debootstrap (kept in $CONVOY_DEB_BASE for the next time) and booted with
# systemd-nspawn in a network of its own. Where that is not possible, the maintainer scripts run in a
# chroot and the unit is checked by systemd-analyze. What could not be checked is printed and counted.
set -uo pipefail
old=$(readlink -f "$1") new=$(readlink -f "$2")
base=${CONVOY_DEB_BASE:-/var/tmp/convoy-debian-12}
passed=0 failed=0 unchecked=0
work=$(mktemp -d /var/tmp/convoy-deb-test.XXXXXX)
root=$work/root
machine=
cleanup() {
  [ -z "$machine" ] || { kill "$machine" 2>/dev/null; wait "$machine" 2>/dev/null; }
  umount -R "$root" 2>/dev/null
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
check() {
  local what=$1; shift
  if "$@" >"$work/out" 2>&1; then echo "ok      $what"; passed=$((passed + 1))
  else echo "FAILED  $what"; sed 's/^/          /' "$work/out" | tail -n 15; failed=$((failed + 1)); fi
}
unchecked() { echo "NOT CHECKED  $1: $2"; unchecked=$((unchecked + 1)); }
not() { ! "$@"; }

[ "$(id -u)" = 0 ] || { echo "deb_test.sh: run as root: it makes and boots a Debian" >&2; exit 1; }
packages=systemd,systemd-sysv,dbus,curl,ca-certificates,logrotate,adduser,procps,python3-minimal
packages+=,$(dpkg-deb -f "$old" Depends | tr ',' '\n' | awk '{print $1}' | grep -v '^init-system-helpers$' | paste -sd,)
if [ ! -e "$base/etc/debian_version" ]; then
  command -v debootstrap >/dev/null || { echo "deb_test.sh: debootstrap is missing: nothing was tested"; exit 1; }
  rm -rf "$base.new"
  debootstrap --variant=minbase --include="$packages" bookworm "$base.new" >"$work/debootstrap" 2>&1 && mv "$base.new" "$base" ||
    { tail -n 5 "$work/debootstrap"; echo "deb_test.sh: no Debian could be made: nothing was tested"; exit 1; }
fi
cp -a "$base" "$root"
rm -f "$root/usr/sbin/policy-rc.d"
cp "$old" "$root/old.deb"; cp "$new" "$root/new.deb"
echo convoy-test > "$root/etc/hostname"
# No network is needed and none is given: only loopback.
printf '[Unit]\nDescription=ready\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/touch /booted\n[Install]\nWantedBy=multi-user.target\n' \
  > "$root/etc/systemd/system/booted.service"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../booted.service "$root/etc/systemd/system/multi-user.target.wants/booted.service"

boot() {
  command -v systemd-nspawn >/dev/null || { echo "systemd-nspawn is missing" > "$work/boot"; return 1; }
  local scope=()
  [ -d /run/systemd/system ] || scope=(--register=no --keep-unit)
  systemd-nspawn --quiet -b -D "$root" --private-network "${scope[@]}" --kill-signal=SIGRTMIN+3 </dev/null >"$work/boot" 2>&1 &
  machine=$!
  local i
  for ((i = 0; i < 300; i++)); do
    [ -e "$root/booted" ] && break
    kill -0 $machine 2>/dev/null || { machine=; return 1; }
    sleep 0.2
  done
  [ -e "$root/booted" ] || return 1
  # The container's process 1: the child of nspawn in another pid namespace.
  inside=$(pgrep -P $machine | head -n 1)
  [ -n "$inside" ] && in_it systemctl is-system-running --wait >/dev/null 2>&1
  in_it systemctl --version >/dev/null 2>&1
}
in_it() { nsenter -t "$inside" -m -u -i -n -p -C -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }
fetches() { in_it curl -s --max-time 5 "$1" | grep -q "$2"; }
main_pid() { in_it systemctl show -p MainPID --value convoy.service; }
status_says() { in_it convoy status | grep "$1" >/dev/null; }
journal_says() { in_it journalctl -u convoy --no-pager | grep "$1" >/dev/null; }
active() { in_it systemctl --quiet is-active convoy.service; }

in_systemd() {
  check "install" in_it dpkg -i /old.deb
  check "  the service was started" active
  check "  it answers" sees green
  check "  it runs as convoy, not as root" test "$(in_it ps -o user= -p "$(main_pid)")" = convoy
  check "  enabled for the next boot" in_it systemctl --quiet is-enabled convoy.service
  check "  convoy status finds it" in_it convoy status
  check "  user convoy may not log in" grep -q '^convoy:.*nologin$' "$root/etc/passwd"

  in_it sed -i 's/blue\\n/azure\\n/' /etc/convoy/convoy.yaml
  check "an edited configuration is reloaded" in_it systemctl reload convoy
  check "  and served" sees azure
  in_it cp /etc/convoy/convoy.yaml /good.yaml
  in_it sed -i 's/port_value: 10001/port: 10001/' /etc/convoy/convoy.yaml
  check "a broken one makes the reload fail" not in_it systemctl reload convoy
  check "  it goes on serving" sees azure
  check "  the journal says where" journal_says 'convoy.yaml:[0-9]*:[0-9]*: error'
  check "  convoy status says so too" status_says "last reload failed"
  in_it cp /good.yaml /etc/convoy/convoy.yaml
  check "restart" in_it systemctl restart convoy
  check "  it answers" sees azure

  in_it sh -c 'echo line > /var/log/convoy/access.log; chown convoy:convoy /var/log/convoy/access.log'
  check "logrotate takes its rule" in_it logrotate --force /etc/logrotate.d/convoy
  check "  and rotates" in_it test -s /var/log/convoy/access.log.1
  check "  the server lives" sees azure

  local before; before=$(main_pid)
  in_it sh -c 'cat > /client.py' <<'PY'
# One keep-alive connection, a request each 20 ms until /stop exists; how many failed.
import os, socket, sys, time
s = socket.create_connection(("127.0.0.1", 10000)); s.settimeout(5)
done = failed = 0
while not os.path.exists("/stop"):
    try:
        s.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        data = b""
        while b"\r\n\r\n" not in data:
            part = s.recv(65536)
            if not part: raise OSError("closed")
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = int([l for l in head.split(b"\r\n") if l.lower().startswith(b"content-length")][0].split(b":")[1])
        while len(body) < length: body += s.recv(65536)
        done += 1
    except OSError as e:
        failed += 1
        s = socket.create_connection(("127.0.0.1", 10000)); s.settimeout(5)
    time.sleep(0.02)
print(done, failed)
PY
  in_it python3 /client.py > "$work/client" 2>&1 &
  local client=$!
  check "upgrade to the second version" in_it dpkg -i /new.deb
  check "  the changed configuration was kept" in_it grep -q azure /etc/convoy/convoy.yaml
  in_it touch /stop; wait $client
  check "  the new program serves" status_says LIVE
  check "  with the same pid" test "$(main_pid)" = "$before"
  check "  no request failed, no connection was lost ($(cat "$work/client"))" grep -Eq '^[1-9][0-9]* 0$' "$work/client"
  check "  systemd sees it active" active

  check "remove" in_it dpkg -r convoy
  check "  nothing listens" not in_it curl -s --max-time 2 http://127.0.0.1:10000/
  check "  the configuration stays" in_it test -e /etc/convoy/convoy.yaml
  check "install again" in_it dpkg -i /new.deb
  check "  it answers with the kept configuration" sees azure
  check "purge" in_it dpkg -P convoy
  leaves_nothing
}
sees() {  # either backend may answer
  local i
  for ((i = 0; i < 50; i++)); do fetches http://127.0.0.1:10000/ "$1" && return 0; sleep 0.1; done
  return 1
}
leaves_nothing() {
  check "  purge leaves no file" bash -c "! find '$root'/etc '$root'/usr '$root'/lib '$root'/var '$root'/run -xdev -iname '*convoy*' \
    -not -path '*/journal/*' -not -path '*/var/log/dpkg.log' | grep ."
  check "  and no user" not grep -q '^convoy:' "$root/etc/passwd"
}

in_chroot() {
  local tool
  for tool in proc sys dev; do mount --bind /$tool "$root/$tool" || { unchecked "maintainer scripts" "mount --bind is not allowed"; return; }; done
  local run=(chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C)
  check "install (chroot)" "${run[@]}" dpkg -i /old.deb
  check "  the configuration is valid" "${run[@]}" convoy check /etc/convoy/convoy.yaml
  check "  the unit is enabled" test -L "$root/etc/systemd/system/multi-user.target.wants/convoy.service"
  check "  systemd accepts the unit" "${run[@]}" systemd-analyze --man=no verify /lib/systemd/system/convoy.service
  check "upgrade (chroot)" "${run[@]}" dpkg -i /new.deb
  check "remove (chroot)" "${run[@]}" dpkg -r convoy
  check "purge (chroot)" "${run[@]}" dpkg -P convoy
  leaves_nothing
  unchecked "start, reload, restart, upgrade under load" "systemd cannot be started here"
}

if boot; then in_systemd
else
  echo "systemd-nspawn cannot boot here: $(tail -n 2 "$work/boot" | tr '\n' ' ')"
  in_chroot
fi
if command -v lintian >/dev/null; then
  check "lintian has no error" lintian --fail-on error --suppress-tags bad-distribution-in-changes-file "$old"
  lintian "$old" 2>/dev/null | sed 's/^/          /'
else
  unchecked lintian "it is not installed"
fi
echo "$passed passed, $failed failed, $unchecked not checked"
[ $failed = 0 ]

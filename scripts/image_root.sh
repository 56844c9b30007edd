#!/bin/bash
# The file system of the container image: image_root.sh PROGRAM FOLDER
# Nothing but the program, the shared libraries it needs, CA certificates and a default configuration:
# no shell, no package manager. Debian's notes on what was copied (copyright, status.d) come with it, so
# that licences are kept and scanners see the versions.
set -euo pipefail
program=$1 root=$2
tree=$(cd "$(dirname "$0")/.." && pwd)

bundle=/etc/ssl/certs/ca-certificates.crt
[ -s $bundle ] || { echo "image_root.sh: $bundle is missing: apt-get install ca-certificates" >&2; exit 1; }
rm -rf "$root"
mkdir -p "$root"/{dev,proc,sys,run,tmp} "$root"/usr/{bin,local/bin,lib/ssl,share/doc} "$root"/var/lib/dpkg/status.d \
  "$root"/etc/{convoy,envoy,ssl/certs}
chmod 1777 "$root/tmp" "$root/run"

install -m 0755 "$program" "$root/usr/bin/convoy"
strip "$root/usr/bin/convoy"
# Manifests name Envoy's program by either path.
ln -s convoy "$root/usr/bin/envoy"
ln -s ../../bin/convoy "$root/usr/local/bin/envoy"

packages=()
copy() {  # a library at the path the loader looks for it, through Debian's merged /usr
  local path=$1 real
  real=$(readlink -f "$path")
  install -D -m 0755 "$real" "$root$path"
  packages+=("$({ dpkg-query -S "$real" "${real#/usr}" 2>/dev/null || true; } | head -n 1 | cut -d: -f1)")
}
while read -r path; do copy "$path"; done < <(
  ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | sort -u)
install -m 0644 $bundle "$root$bundle"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
packages+=(ca-certificates)
for package in $(printf '%s\n' "${packages[@]}" | sort -u); do
  mkdir -p "$root/usr/share/doc/$package"
  cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright" 2>/dev/null || true
  dpkg-query -s "$package" > "$root/var/lib/dpkg/status.d/$package" 2>/dev/null || true
done
install -D -m 0644 "$tree/LICENSE" "$root/usr/share/doc/convoy/copyright"

cat > "$root/etc/passwd" <<'PASSWD'
root:x:0:0:root:/:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
convoy:x:65532:65532:convoy:/:/sbin/nologin
PASSWD
printf 'root:x:0:\nnogroup:x:65534:\nconvoy:x:65532:\n' > "$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' > "$root/etc/nsswitch.conf"
# One file, found where either program's manual says: what is mounted over /etc/envoy is followed.
install -m 0644 "$tree/conf/container.yaml" "$root/etc/envoy/envoy.yaml"
ln -s /etc/envoy/envoy.yaml "$root/etc/convoy/convoy.yaml"

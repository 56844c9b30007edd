#!/bin/bash
# Builds the Debian package: deb.sh BUILD_FOLDER [VERSION]
# From the tree and the program in BUILD_FOLDER (make all), into BUILD_FOLDER. The same tree gives the
# same bytes. Needs dpkg-dev; what of it is called is printed if it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
program=$build/convoy
upstream=$("$program" --version | sed -n 's|.*convoy\.\([^/]*\)/.*|\1|p')
version=${2:-$upstream-1}
for tool in dpkg-shlibdeps dpkg-deb strip; do
  command -v $tool >/dev/null || { echo "deb.sh: $tool is missing: apt-get install dpkg-dev binutils" >&2; exit 1; }
done
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage doc=$work/stage/usr/share/doc/convoy

make --no-print-directory -o "$program" BUILD="$build" DESTDIR="$stage" PREFIX=/usr install >/dev/null
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$stage/usr/bin/convoy"
# Where Debian has them.
mkdir -p "$stage/lib" "$stage/usr/share/zsh"
mv "$stage/usr/lib/systemd" "$stage/lib/systemd"
rm -rf "$stage/usr/lib"  # the user is made by postinst
mv "$stage/usr/share/zsh/site-functions" "$stage/usr/share/zsh/vendor-completions"
install -D -m 0644 conf/debian/logrotate "$stage/etc/logrotate.d/convoy"
install -D -m 0644 conf/debian/copyright "$doc/copyright"
rm -f "$doc/LICENSE"
{
  echo "convoy ($version) unstable; urgency=medium"
  echo
  echo "  * Built from revision $("$program" --version | sed -n 's|.*version: \([0-9a-f]\{12\}\).*|\1|p')."
  echo
  echo " -- Convoy Authors <convoy@packages.debian.org>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n > "$doc/changelog.Debian.gz"
gzip -9nc CHANGELOG.md > "$doc/changelog.gz"
find "$stage/usr/share/man" -type f -name '*.[0-9]' -exec gzip -9n {} +

mkdir -p "$work/debian" "$stage/DEBIAN"
printf 'Source: convoy\n\nPackage: convoy\nArchitecture: any\nDescription: x\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O stage/usr/bin/convoy 2>/dev/null | sed 's/^shlibs:Depends=//')
arch=$(dpkg --print-architecture)
size=$(du -sk --apparent-size --exclude DEBIAN "$stage" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$depends/" \
  conf/debian/control.in > "$stage/DEBIAN/control"
for script in postinst prerm postrm; do install -m 0755 "conf/debian/$script" "$stage/DEBIAN/$script"; done
(cd "$stage" && find etc -type f | sort | sed 's|^|/|') > "$stage/DEBIAN/conffiles"
(cd "$stage" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
  > "$stage/DEBIAN/md5sums"
find "$stage" -type d -exec chmod 0755 {} +
deb=$build/convoy_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$stage" "$deb" >/dev/null
echo "$deb"

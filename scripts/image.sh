#!/bin/bash
# Builds the container image with buildah, from scratch: image.sh PROGRAM NAME ARCHIVE
# It is then in the local storage of podman and buildah as NAME:VERSION and NAME:latest, and in
# ARCHIVE for `docker load`, `kind load image-archive` and `ctr images import`. Nothing is downloaded.
set -euo pipefail
program=$1 name=$2 archive=$3
cd "$(dirname "$0")/.."
command -v buildah >/dev/null || { echo "image.sh: buildah is missing: apt-get install buildah" >&2; exit 1; }

version=$("$program" --version | sed -n 's|.*convoy\.\([^/]*\)/.*|\1|p')
revision=$("$program" --version | sed -n 's|.*version: \([0-9a-f]*\)/.*|\1|p')
# Two builds of one revision give the same layers.
when=$(git log -1 --format=%ct 2>/dev/null || date +%s)
work=$(mktemp -d)
container=
cleanup() { [ -z "$container" ] || buildah rm "$container" >/dev/null; rm -rf "$work"; }
trap cleanup EXIT

scripts/image_root.sh "$program" "$work/root"
container=$(buildah from scratch)
buildah copy --quiet "$container" "$work/root" / >/dev/null
# No file capability: a container that drops all capabilities could not start such a program. Listen on
# a port from 1024 up, and let the Service or hostPort map it.
buildah config --user 65532:65532 --entrypoint '["/usr/bin/convoy"]' --cmd '' --workingdir / --port 10000 \
  --stop-signal SIGTERM --env PATH=/usr/local/bin:/usr/bin \
  --label org.opencontainers.image.title=convoy \
  --label org.opencontainers.image.description="A reverse proxy that reads Envoy's configuration" \
  --label org.opencontainers.image.licenses=Apache-2.0 \
  --label org.opencontainers.image.version="$version" \
  --label org.opencontainers.image.revision="$revision" "$container"
buildah commit --quiet --timestamp "$when" "$container" "$name:$version" >/dev/null
buildah tag "$name:$version" "$name:latest"
rm -f "$archive"
buildah push --quiet "$name:$version" "docker-archive:$archive:$name:$version"
echo "image $name:$version (also :latest), $(du -h "$archive" | cut -f1) in $archive"

# The image of Convoy: docker build -t convoy .
# Runs as 65532, or any other user, on a read-only root file system.
FROM debian:12 AS build
WORKDIR /src
COPY scripts/deps.sh scripts/deps.sh
RUN scripts/deps.sh build
COPY . .
RUN make -j"$(nproc)" all && make install DESTDIR=/out PREFIX=/usr && strip /out/usr/bin/convoy

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libuv1 libhttp-parser2.9 libnghttp2-14 libjsoncpp25 libyaml-cpp0.7 \
    libc-ares2 libre2-9 libspdlog1.10 libfmt9 libprometheus-cpp-core1.0 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/usr/bin/convoy /usr/bin/convoy
COPY --from=build /out/etc/convoy /etc/convoy
# Manifests that name Envoy's program start this one.
RUN ln -s convoy /usr/bin/envoy
# No file capability: a container that drops all capabilities could not start such a program. Listen
# on a port from 1024 up, and let the Service or hostPort map it.
USER 65532:65532
EXPOSE 10000
ENTRYPOINT ["/usr/bin/convoy"]

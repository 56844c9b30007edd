# The image of Convoy where there is Docker: docker build -t convoy .
# `make image` makes the same one with buildah and without a registry.
# Runs as 65532, or any other user, on a read-only root file system.
FROM debian:12 AS build
WORKDIR /src
COPY scripts/deps.sh scripts/deps.sh
RUN scripts/deps.sh build && apt-get install -y --no-install-recommends ca-certificates
COPY . .
RUN make -j"$(nproc)" all && scripts/image_root.sh build/convoy /out

FROM scratch
COPY --from=build /out /
ENV PATH=/usr/local/bin:/usr/bin
# No file capability: a container that drops all capabilities could not start such a program. Listen
# on a port from 1024 up, and let the Service or hostPort map it.
USER 65532:65532
EXPOSE 10000
ENTRYPOINT ["/usr/bin/convoy"]

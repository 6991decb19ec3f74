# webchatspec with a Chromium, for pipelines and clusters. The binary comes from
# outside (GoReleaser, or 'make image'), so that the build needs no network
# besides the base and Debian's packages.
#
#   docker run --rm --read-only --tmpfs /tmp --network host \
#     --volume "$PWD/report:/report" ghcr.io/webchatspec/webchatspec verify --out /report
ARG BASE=debian:bookworm-slim
FROM ${BASE}

# Chromium's own sandbox needs privileges that a container should not have: here
# the container is the sandbox. Its shared memory goes to /tmp, since engines give
# /dev/shm 64 MB.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ca-certificates chromium fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && echo 'export CHROMIUM_FLAGS="$CHROMIUM_FLAGS --no-sandbox --disable-dev-shm-usage"' > /etc/chromium.d/container \
    && useradd --uid 10001 --user-group --home-dir /tmp --no-create-home --shell /usr/sbin/nologin webchatspec \
    && install --directory --owner webchatspec --group webchatspec /report /site

ARG TARGETPLATFORM=linux/amd64
COPY ${TARGETPLATFORM}/webchatspec /usr/local/bin/webchatspec

# A numeric user, so that Kubernetes can see that it is not root. /site is where
# relative paths begin: mount the configuration and the keys there.
USER 10001:10001
ENV HOME=/tmp WEBCHATSPEC_CHROMIUM=/usr/bin/chromium
WORKDIR /site

# Healthy is what can do its work: the demo site, tested end to end but for load.
HEALTHCHECK --interval=5m --timeout=90s --start-period=5s --retries=2 \
    CMD webchatspec verify --quiet --only token,claims,page --out /tmp/health || exit 1

ENTRYPOINT ["webchatspec"]
CMD ["verify", "--out", "/report"]

# One image for the four services, their workers and the migrations; they differ by the command alone:
#
#   docker run IMAGE serve registry | health | training | gateway
#   docker run IMAGE work  registry | health | training
#   docker run IMAGE migrate all
#
# Two stages:
#   build    puts the pinned dependencies (constraints.txt) into a virtual environment. pip, its cache and whatever
#            index it was told to use stay behind in this stage.
#   runtime  the same base, that environment, and the source with its published OpenAPI documents. No test tools, no
#            embedded PostgreSQL, no pip settings. Runs as a numeric user without a home on a read-only root; what is
#            written at all goes to /tmp, or to a volume on /var/lib/indimaj.
#
# pip asks PyPI by default. For another index give `--build-arg PIP_INDEX_URL=...`; when that needs a password, give the
# whole file instead, which no layer keeps: `docker build --secret id=pip_conf,src=pip.conf`.

FROM python:3.13-slim-trixie AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_CACHE_DIR=/var/cache/pip
WORKDIR /build
RUN python -m venv --without-pip /opt/indimaj
# Only these two files decide what is installed: a change of the source alone reuses this layer.
COPY pyproject.toml constraints.txt ./
RUN --mount=type=cache,target=/var/cache/pip --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
      > requirements.txt \
    && python -m pip --python /opt/indimaj/bin/python install --requirement requirements.txt --constraint constraints.txt \
    && python -m compileall -q -j 0 /opt/indimaj

FROM python:3.13-slim-trixie AS runtime
ENV PATH=/opt/indimaj/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
WORKDIR /app
COPY --from=build /opt/indimaj /opt/indimaj
COPY services services
COPY docs/openapi docs/openapi
COPY deploy/healthcheck.py deploy/healthcheck.py
RUN python -m compileall -q -j 0 services \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/indimaj
USER 10001:10001
# Asks what PID 1 was started as: a service's own readiness probe, or a worker's heartbeat. Standard library only.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=12 CMD ["python", "-I", "/app/deploy/healthcheck.py"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "services"]
CMD ["--help"]

# One image for everything that `cadencia` runs: API, worker, mail catcher, migrations.
ARG PYTHON=3.11.15-slim-trixie

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/cadencia
WORKDIR /src

# What changes seldom comes first: these layers are made again only when a requirement changes.
COPY requirements/base.txt requirements/
RUN pip --python /opt/cadencia install --require-hashes -r requirements/base.txt
COPY deploy/build.txt deploy/
RUN pip install --require-hashes -r deploy/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY activities activities
COPY api api
COPY cli cli
COPY store store
COPY templates templates
COPY worker worker
COPY workflows workflows
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/cadencia install --no-deps --no-index /wheels/*.whl

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="Cadencia" \
      org.opencontainers.image.description="Marketing automation as durable Temporal workflows in plain Python" \
      org.opencontainers.image.licenses="Apache-2.0"

# The data folder belongs to the user, so that a new volume mounted there does too.
RUN groupadd --system --gid 10001 cadencia \
    && useradd --system --uid 10001 --gid cadencia --no-create-home --home-dir /nonexistent cadencia \
    && install --directory --owner=cadencia --group=cadencia --mode=0700 /data
COPY --from=build /opt/cadencia /opt/cadencia
COPY deploy/health.py /opt/cadencia/health.py

ENV PATH=/opt/cadencia/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CADENCIA_HOME=/data \
    CADENCIA_HOST=0.0.0.0
USER 10001:10001
WORKDIR /app
EXPOSE 8000 8025 1025
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "/opt/cadencia/health.py"]
ENTRYPOINT ["cadencia"]
CMD ["api"]

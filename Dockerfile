# kpi-collector in a container. The configuration is mounted at /etc/kpi-collector,
# the store lies in the volume /data; see docs/operations.md.
FROM python:3.11.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

COPY requirements requirements
# The tools that build the wheel are pinned like all else, so they come from the lock as well.
RUN python -m venv /opt/tools \
 && /opt/tools/bin/pip install --require-hashes -r requirements/dev.lock
RUN python -m venv /opt/kpi-collector \
 && /opt/kpi-collector/bin/pip install --require-hashes -r requirements/run.lock

COPY pyproject.toml README.md LICENSE ./
COPY collector collector
COPY connectors connectors
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/kpi-collector/bin/pip install --no-deps --no-index /wheels/*.whl


FROM python:3.11.13-slim-bookworm

RUN useradd --uid 9841 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin collector \
 && install -d -o collector -g collector -m 0700 /data
COPY --from=build /opt/kpi-collector /opt/kpi-collector

# The store's place wins over `store:` of the configuration: what is not in the volume is lost.
ENV PATH=/opt/kpi-collector/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KPI_COLLECTOR_CONFIG=/etc/kpi-collector/collector.yml \
    KPI_COLLECTOR_STORE=sqlite:////data/collector.db

USER collector
WORKDIR /data
VOLUME /data
EXPOSE 9841
STOPSIGNAL SIGTERM

# Without TLS, auth or a route prefix; with one of them, give a check of your own.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9841/-/ready', timeout=4)"]

ENTRYPOINT ["kpi-collector"]
CMD ["run", "--config", "/etc/kpi-collector/collector.yml", "--web.listen-address", "0.0.0.0:9841"]

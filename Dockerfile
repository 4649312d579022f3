# The service: API and worker are the same image with another command (compose.yaml).
# Two stages: pip and its caches stay behind. The process is an ordinary user, writes only below /var/lib/voc,
# and needs no network but the database.
FROM python:3.11-slim-bookworm AS built
WORKDIR /srv/voc
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY voc_nlp ./voc_nlp
COPY models ./models
# torch comes first. Where your index gives a build with CUDA (gigabytes), name the one of the CPU builds:
# docker build --build-arg TORCH_OPTIONS="--index-url ..."
ARG TORCH_OPTIONS=""
RUN /opt/venv/bin/pip install ${TORCH_OPTIONS} -c constraints.txt torch \
 && /opt/venv/bin/pip install -c constraints.txt ".[api,redis,telemetry]"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/voc --create-home voc
WORKDIR /srv/voc
COPY --from=built /opt/venv /opt/venv
COPY api ./api
COPY config ./config
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    VOC_DATABASE_URL=sqlite:////var/lib/voc/voc.sqlite3
USER voc
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["python", "-m", "api", "serve", "--host", "0.0.0.0", "--port", "8000"]

# The product for real servers: web, worker and beat are this one image with three commands (see docker-compose.yml).

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /venv
WORKDIR /app
COPY requirements/runtime.lock requirements/
RUN /venv/bin/pip install --require-hashes --no-deps -r requirements/runtime.lock
COPY . .
RUN /venv/bin/python manage.py messages compile \
    && SECRET_KEY="$(/venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
       DATABASE_URL=postgres://nobody@localhost/none CREDITRISK_LOCAL=0 \
       /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q -j 0 /venv/lib creditrisk customers receivables reviews supervision

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=creditrisk.settings CREDITRISK_DATA_DIR=/data
RUN groupadd --gid 10001 creditrisk \
    && useradd --uid 10001 --gid creditrisk --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin creditrisk \
    && install --directory --owner creditrisk --group creditrisk --mode 0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
    CMD ["python", "docker/web_health.py"]
CMD ["gunicorn", "creditrisk.wsgi:application", "--bind", "0.0.0.0:8000", "--no-control-socket", \
     "--worker-class", "gthread", "--threads", "4", "--timeout", "120", "--graceful-timeout", "30", \
     "--max-requests", "2000", "--max-requests-jitter", "200", "--worker-tmp-dir", "/dev/shm"]

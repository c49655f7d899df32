# The production image: one for web, worker, beat, mail entrance and migrations. Needs no compiler and runs as no root.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/memo \
 && /opt/memo/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/base.txt \
 && /opt/memo/bin/pip uninstall --yes --quiet pip

FROM python:${PYTHON}
RUN groupadd --system --gid 10001 memo \
 && useradd --system --uid 10001 --gid memo --home-dir /var/lib/memo --shell /usr/sbin/nologin memo \
 && install --directory --owner memo --group memo --mode 700 /var/lib/memo
COPY --from=packages /opt/memo /opt/memo
COPY . /srv/memo
WORKDIR /srv/memo
ENV PATH=/opt/memo/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=memo.settings \
    MEMO_DATA_DIR=/var/lib/memo \
    MEMO_STATIC_DIR=/srv/static
# Translations and static files are part of the image; the key is for this one command and goes nowhere.
RUN python -m memo.catalogues \
 && MEMO_SECRET_KEY=only-while-building python -m django collectstatic --noinput --verbosity 0 \
 && python -m compileall -q /srv/memo
USER 10001:10001
VOLUME /var/lib/memo
EXPOSE 8000 8025
CMD ["python", "-m", "daphne", "-b", "0.0.0.0", "-p", "8000", "--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536", "-v", "0", "--no-server-name", "memo.asgi:application"]

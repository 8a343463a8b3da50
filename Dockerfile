# One image for all StackLens processes: the command says which (run_web, run_receiver, run_consumer, …).
FROM python:3.11.14-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
# wheels only, so no compiler is needed here either
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin stacklens
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
# The key is of this one command: none is left in the image. Compiled now, because later nothing here can be written.
RUN python -m compileall -q . \
    && SECRET_KEY=collectstatic-only DATABASE_URL=postgresql://nobody@localhost/none \
       python manage.py collectstatic --noinput --verbosity 0 \
    && chown -R stacklens: var
ENV PYTHONDONTWRITEBYTECODE=1 STACKLENS_BIND=0.0.0.0
USER stacklens
ENTRYPOINT ["python", "manage.py"]
CMD ["run"]

FROM python:3.12.10-slim
RUN useradd -u 10010 web
WORKDIR /srv
COPY requirements/base.txt requirements.txt
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf pip install --no-cache-dir -r requirements.txt
COPY board board
COPY events events
ENV DJANGO_SETTINGS_MODULE=board.settings.base SECRET_KEY_FILE=/run/secrets/django_key
USER 10010
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
CMD ["gunicorn", "board.wsgi", "-b", "0.0.0.0:8000"]

FROM python:3.12.10-slim
WORKDIR /srv
COPY setup.cfg .
COPY garden garden
ARG GITHUB_TOKEN
RUN pip install "git+https://${GITHUB_TOKEN}@github.example.com/garden/leaf.git@v1.2.0" .
EXPOSE 8000
CMD ["uvicorn", "garden.api:app", "--host", "0.0.0.0"]

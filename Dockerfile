# Image of the bundled ingredients, and the base of images for other datasets: docker build -t sallyport:VERSION .
# It holds one static program and its data: no shell, no package manager, no secret.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# timetzdata puts the time zones into the program. Certificates of authorities are not in it: the server makes
# no connections of its own.
RUN CGO_ENABLED=0 go build -trimpath -tags noaudit,timetzdata -ldflags "-s -w" -o /sallyport ./cmd/sallyport
WORKDIR /build
RUN cp /src/deploy/sallyport.yaml . && cp /src/internal/ingredients/ingredients.yaml dataset.yaml
RUN ["/sallyport", "build", "ingredients", "-o", "dataset.sqlite"]

FROM scratch
COPY --from=build --chmod=555 /sallyport /sallyport
WORKDIR /srv
# Owned by root: what the server reads it cannot change.
COPY --from=build --chmod=444 /build/sallyport.yaml /build/dataset.yaml /build/dataset.sqlite ./
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/sallyport", "health"]
ENTRYPOINT ["/sallyport"]
CMD ["serve"]

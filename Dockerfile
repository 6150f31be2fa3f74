# syntax=docker/dockerfile:1
# Builds the pages and the binary `billing` with them inside, and puts it, and nothing else of ours, into a small image
# that runs as nobody.
FROM node:22-bookworm-slim AS pages
WORKDIR /src/portal
COPY portal/package.json portal/package-lock.json portal/.npmrc ./
RUN npm ci
COPY schema /src/schema
COPY portal ./
RUN npm run build

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY domain domain
COPY eventlog eventlog
COPY projections projections
COPY gateway gateway
COPY migrations migrations
COPY third-party third-party
COPY tests tests
COPY --from=pages /src/portal/dist portal/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin billing && cp target/release/billing /billing

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/billing --create-home billing
COPY --from=build /billing /usr/local/bin/billing
USER billing
ENV DATA_DIR=/var/lib/billing DATABASE_URL=sqlite:/var/lib/billing/billing.db LISTEN=0.0.0.0:8080 LOG_FORMAT=json
VOLUME /var/lib/billing
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["curl", "--fail", "--silent", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["billing"]

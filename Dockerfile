# One static program and nothing else. The certificates that it trusts and the time zones are compiled in.
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /src
COPY . .
RUN cargo build --locked --release && mkdir -p /out/var/lib/bantin

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/target/release/bantin /usr/bin/bantin
COPY --from=build /src/feeds.toml /etc/bantin/feeds.toml
COPY --from=build --chown=nonroot:nonroot /out/var/lib/bantin /var/lib/bantin
# The store is /var/lib/bantin/store.
ENV STATE_DIRECTORY=/var/lib/bantin
VOLUME /var/lib/bantin
EXPOSE 8080
HEALTHCHECK --interval=1m CMD ["/usr/bin/bantin", "--config", "/etc/bantin/feeds.toml", "status", "--json"]
ENTRYPOINT ["/usr/bin/bantin", "--config", "/etc/bantin/feeds.toml"]
CMD ["run"]

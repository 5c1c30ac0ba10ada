# The same file builds on alpine and on Debian: docker build --build-arg BASE=node:24-bookworm-slim .
ARG BASE=node:24-alpine

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY src src
RUN npx tsc -p tsconfig.build.json --sourceMap false && npm run build:threads

# What runs: production packages, and the drivers of sinks (8 MB; mqtt would be 13 more). Others are found beside the
# routes. TypeScript (31 MB) is none of them: in the image `check` leaves types out.
FROM ${BASE} AS packages
ARG DRIVERS="@nats-io/transport-node amqplib ioredis kafkajs pg"
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN node -e "const p = require('./package.json'); \
  for (const name of process.argv.slice(1)) \
  { p.dependencies[name] = p.devDependencies[name]; delete p.devDependencies[name]; } \
  require('fs').writeFileSync('package.json', JSON.stringify(p))" $DRIVERS \
  && npm install --omit=dev --ignore-scripts

FROM ${BASE}
LABEL org.opencontainers.image.title="fast-ts" \
      org.opencontainers.image.description="A programmable router for metrics and events, for Riemann's clients" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY proto proto
COPY routes routes
RUN ln -s /app/dist/src/cli.js /usr/local/bin/fast-ts && chmod +x dist/src/cli.js
ENV NODE_ENV=production \
    FTS_HOST=0.0.0.0 \
    FTS_ROUTE_DIR=/app/routes
EXPOSE 5554 5555 5555/udp 5556
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.FTS_HTTP_PORT || 5556}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/src/cli.js"]
CMD ["start"]

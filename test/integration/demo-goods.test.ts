/** What a newcomer finds in the demo room: goods with pictures that are there. */
import { describe, expect, it } from "vitest";
import { demoProducts } from "../../scripts/seed/goods.ts";
import { type Person, post } from "../harness/people.ts";
import { sharedPlatforms } from "../harness/shared-platforms.ts";

interface Page<T> {
	readonly items: readonly T[];
}

for (const platform of sharedPlatforms()) {
	describe.skipIf(!platform.available)(`demo goods on ${platform.name}`, () => {
		const [edge = ""] = platform.edges;
		const get = async <T>(path: string): Promise<T> =>
			(await fetch(`${edge}/api${path}`)).json() as Promise<T>;

		it("each have a picture of their own", async () => {
			const words = { username: "demo-host", password: "demo-demo" };
			const { user } = await post<Person & { user: { id: string } }>(edge, "/auth/sessions", words);
			const rooms = await get<Page<{ id: string }>>(`/rooms?hostId=${user.id}`);
			const roomId = rooms.items.at(-1)?.id ?? "";
			const goods = await get<Page<{ productId: string; pictureUrl: string | null }>>(
				`/rooms/${roomId}/products`
			);
			const urls = new Map(goods.items.map(({ productId, pictureUrl }) => [productId, pictureUrl]));
			expect(urls.size).toBe(demoProducts.length);
			expect(new Set(urls.values()).size).toBe(demoProducts.length);
			for (const url of urls.values()) {
				const answer = await fetch(edge + url);
				expect(answer.status, `${url}`).toBe(200);
				expect(answer.headers.get("content-type")).toBe("image/png");
			}
		});
	});
}

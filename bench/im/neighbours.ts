/** What an edge asks of other services, in a few lines each: everybody exists, one room is live. */
import type { ServiceSchema } from "moleculer";

type Handler = (params: never) => unknown;

const fake = (name: string, handlers: Record<string, Handler>): ServiceSchema =>
	({
		name,
		actions: Object.fromEntries(
			Object.entries(handlers).map(([action, handle]) => [
				action,
				{
					auth: "internal",
					handler: (ctx: { params: unknown }) => handle(ctx.params as never)
				}
			])
		)
	}) as unknown as ServiceSchema;

export const neighbours = (publicKey: object): ServiceSchema[] => [
	fake("auth", {
		keys: () => ({ items: [publicKey] }),
		revocations: () => ({ items: [], until: 0 })
	}),
	fake("users", {
		getMany: ({ ids }: { ids: string[] }) => ({
			items: ids.map((id) => ({ id, nickname: `Name ${id}`, avatarUrl: null, level: 3 }))
		})
	}),
	fake("rooms", {
		get: ({ id }: { id: string }) => ({ id, status: "live" }),
		audience: ({ items }: { items: { roomId: string; viewers: string[] }[] }) => ({
			items: items.map(({ roomId, viewers }) => ({ roomId, viewers: viewers.length, likes: 0 }))
		})
	}),
	fake("moderation", {
		ofRoom: () => ({ items: [] }),
		ofUser: () => ({ items: [] }),
		changes: () => ({ version: 1, items: [], complete: true, wordsVersion: 1 }),
		allWords: () => ({ version: 1, words: [] })
	})
];

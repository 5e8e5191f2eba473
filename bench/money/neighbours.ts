/** What gifts need beside the ledger, in a few lines each: live rooms, and who users are. */
import type { ServiceSchema } from "moleculer";

const internal = (handler: (params: never) => unknown) => ({
	auth: "internal",
	handler: (ctx: { params: unknown }) => handler(ctx.params as never)
});

/** Room n is live and of host n. */
export const liveRooms = {
	name: "rooms",
	actions: {
		get: internal(({ id }: { id: string }) => ({ id, host: { id }, status: "live" })),
		sessions: internal(({ id }: { id: string }) => ({ items: [{ id, endedAt: null }] }))
	}
} as unknown as ServiceSchema;

export const everybody = {
	name: "users",
	actions: {
		getMany: internal(({ ids }: { ids: string[] }) => ({
			items: ids.map((id) => ({ id, nickname: "Somebody", avatarUrl: null, level: 1 }))
		}))
	}
} as unknown as ServiceSchema;

/** Moderation on a broker of its own, with neighbours of three lines. */
import type { ServiceSchema } from "moleculer";
import type { Call, ParamsOf } from "../../lib/context.ts";
import { commonErrors } from "../../lib/errors.ts";
import { openSql } from "../../mixins/sql/index.ts";
import moderationService from "../../services/moderation/moderation.service.ts";
import type { Opened } from "./backends.ts";
import { startBroker } from "./broker.ts";
import { fakeTags } from "./fake-tags.ts";
import { as } from "./room-stage.ts";

type Wish = Omit<ParamsOf<"moderation.restrict">, "id" | "userId">;

export const [operator, otherOperator] = ["90", "91"] as const;

/** Room 101 is of host 1, 102 of host 2 and so on to 108; users below 100 exist. */
const neighbours = (audited: string[]): ServiceSchema[] =>
	[
		{
			name: "rooms",
			actions: {
				get: {
					auth: "internal",
					handler({ params: { id } }: { params: { id: string } }) {
						if (!/^10[1-8]$/.test(id)) throw commonErrors.NOT_FOUND();
						return { id, host: { id: id.slice(-1) } };
					}
				}
			}
		},
		{
			name: "users",
			actions: {
				getMany: {
					auth: "internal",
					handler: ({ params: { ids } }: { params: { ids: string[] } }) => ({
						items: ids.filter((id) => Number(id) < 100).map((id) => ({ id }))
					})
				}
			}
		},
		{
			name: "admin",
			actions: {
				record: {
					auth: "internal",
					handler({ params }: { params: { action: string; outcome: string } }) {
						audited.push(`${params.action} ${params.outcome}`);
						return { id: "1" };
					}
				}
			}
		}
	] as unknown as ServiceSchema[];

/** What was announced, as it came. */
const listener = (hints: unknown[]): ServiceSchema =>
	({
		name: "listener",
		events: {
			"moderation.changed": (ctx: { params: unknown }) => void hints.push(ctx.params),
			"moderation.wordsChanged": () => void hints.push("words")
		}
	}) as unknown as ServiceSchema;

export async function startModeration({ env }: Opened) {
	const audited: string[] = [];
	const hints: unknown[] = [];
	const broker = await startBroker({
		env,
		migrate: true,
		options: { dependencyInterval: 20 },
		services: [
			...neighbours(audited),
			fakeTags({ [operator]: ["operator"], [otherOperator]: ["operator"] }),
			...[moderationService, listener(hints)]
		]
	});
	const db = openSql(env);
	const call = broker.call.bind(broker) as Call;
	return {
		call,
		db,
		audited,
		hints,
		/** By the host of room `10<host>`. */
		restrict: (host: string, userId: string, rest: Partial<Wish> = {}) => {
			const params = { id: `10${host}`, userId, kind: "mute" as const, ...rest };
			return call("moderation.restrict", params, as(host));
		},
		/** `<user> <kind>` of all that holds in a room. */
		async heldIn(roomId: string) {
			const { items } = await call("moderation.ofRoom", { roomId });
			return items.map(({ userId, kind }) => `${userId} ${kind}`).sort();
		},
		version: async () => (await call("moderation.changes", { since: 0 })).version,
		async stop() {
			await broker.stop();
			await db.close();
		}
	};
}

export type ModerationStage = Awaited<ReturnType<typeof startModeration>>;

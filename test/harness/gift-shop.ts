/** Giving gifts over HTTP: a host who is live, people with coins. */
import { type Person, post, signUp } from "./people.ts";

export interface Answer<T> {
	readonly status: number;
	readonly body: T;
}

interface Refused {
	readonly error: { readonly code: string };
}

/** Each call goes to the next edge: nothing may depend on staying with one. */
function caller(edges: readonly string[]) {
	let hops = 0;
	const edge = () => edges[hops++ % edges.length] ?? "";

	async function call<T>(
		who: Person | undefined,
		route: `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} ${string}`,
		{ body, key }: { body?: unknown; key?: string } = {}
	): Promise<Answer<T & Refused>> {
		const [method = "", path = ""] = route.split(" ");
		const answer = await fetch(`${edge()}/api${path}`, {
			method,
			headers: {
				"content-type": "application/json",
				...(who ? { authorization: `Bearer ${who.accessToken}` } : {}),
				...(key === undefined ? {} : { "idempotency-key": key })
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) })
		});
		return { status: answer.status, body: (await answer.json()) as T & Refused };
	}

	async function good<T>(...rest: Parameters<typeof call>): Promise<T> {
		const { status, body } = await call<T>(...rest);
		if (status >= 300) throw new Error(`${rest[1]}: ${status} ${JSON.stringify(body)}`);
		return body;
	}

	return { edge, call, good };
}

/** Hosts who are live and people with coins on the platform behind `edges`. */
export function giftShop(edges: readonly string[]) {
	const { edge, call, good } = caller(edges);
	return {
		edge,
		call,
		good,
		/** A new host; their room is live unless told. */
		async host(start = true) {
			const person = await signUp(edge());
			await post(edge(), "/users/me/host", {}, person.accessToken);
			const room = await good<{ id: string }>(person, "POST /rooms", { body: { title: "Gifts" } });
			if (start) await good(person, `POST /rooms/${room.id}/start`);
			return { person, roomId: room.id };
		},
		/** A new user to whom an operator gave coins. */
		async payer(coins: number): Promise<Person> {
			const [person, operator] = [await signUp(edge()), await signUp(edge(), "operator")];
			await good(operator, `POST /admin/wallets/${person.id}/corrections`, {
				key: crypto.randomUUID(),
				body: { amount: coins, reason: "A test" }
			});
			return person;
		},
		/** One heart, of one coin, unless told. */
		give: (who: Person, roomId: string, body: object = {}, key: string = crypto.randomUUID()) =>
			call<{ id: string; balance: number; combo: number }>(who, `POST /rooms/${roomId}/gifts`, {
				body: { giftId: "1", count: 1, ...body },
				key
			}),
		balance: async (who: Person) =>
			good<{ balance: number; held: number; income?: number }>(who, "GET /wallet")
	};
}

export type GiftShop = ReturnType<typeof giftShop>;

/** Users for suites that speak to a platform over HTTP. */
import { randomBytes } from "node:crypto";

export interface Person {
	readonly id: string;
	readonly username: string;
	readonly password: string;
	readonly accessToken: string;
	readonly refreshToken: string;
}

/** `demo-operator` is made by the seed; it is how a test gets an operator without a back door. */
export const operatorName = "demo-operator";

export async function post<T>(
	edge: string,
	path: string,
	body: object,
	token?: string
): Promise<T> {
	const answer = await fetch(`${edge}/api${path}`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(token ? { authorization: `Bearer ${token}` } : {})
		},
		body: JSON.stringify(body)
	});
	if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

interface Session {
	readonly accessToken: string;
	readonly refreshToken: string;
	readonly user: { readonly id: string };
}

/** A new user, or the seeded operator. */
export async function signUp(edge: string, kind: "user" | "operator" = "user"): Promise<Person> {
	const random = randomBytes(6).toString("hex");
	const [username, password] =
		kind === "operator" ? [operatorName, "demo-demo"] : [`test-${random}`, `password-${random}`];
	const session =
		kind === "operator"
			? await post<Session>(edge, "/auth/sessions", { username, password })
			: await post<Session>(edge, "/auth/register", { username, password, nickname: "Tester" });
	const { accessToken, refreshToken, user } = session;
	return { id: user.id, username, password, accessToken, refreshToken };
}

/** A thousand people of whom nobody sees a page, and who all want the same thing at once. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { developmentSecrets } from "../../config/env.schema.ts";
import { Keyring } from "../../services/auth/auth.keyring.ts";
import { authSecrets } from "../../services/auth/auth.secrets.ts";
import { issueAccessToken } from "../../services/auth/auth.tokens.ts";
import type { Person } from "../harness/people.ts";
import type { OwnPlatform } from "./stage.ts";

export type Buyer = Pick<Person, "id" | "accessToken">;

/** So long somebody asks, until the test gives them up. */
const patienceMs = 120_000;

interface Answer {
	/** 0 when none came. */
	readonly status: number;
	readonly text: string;
	readonly retryAfterMs: number;
}

const askAgainMs = 100;

async function postTo(url: string, body: object, headers: object = {}): Promise<Answer> {
	try {
		const answer = await fetch(url, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body)
		});
		const text = await answer.text();
		const asked = /"retryAfterMs":(\d+)/.exec(text)?.[1];
		return { status: answer.status, text, retryAfterMs: Number(asked ?? askAgainMs) };
	} catch (error) {
		return { status: 0, text: String(error), retryAfterMs: askAgainMs };
	}
}

/** No answer, and those that say to come again; anything else but success is a fault. */
const passing: readonly number[] = [0, 429, 503, 504];

/** Undefined when it was not answered for now. */
function goodOf({ status, text }: Answer): string | undefined {
	if (status >= 200 && status < 300) return text;
	if (passing.includes(status)) return undefined;
	throw new Error(`The answer was ${status} ${text}`);
}

/** Far from the ids that the platform gives. */
const firstId = 900_000_000;

/** So many with tokens as the platform signs them: to let each sign in costs minutes of hashing. */
export async function signInCrowd(platform: OwnPlatform, count: number): Promise<Buyer[]> {
	const books = platform.openBooks();
	try {
		const { signingKeys } = authSecrets(developmentSecrets.MASTER_SECRET);
		const now = new Date();
		const key = await new Keyring(books, signingKeys).current(now);
		const ids = Array.from({ length: count }, (_, index) => String(firstId + index));
		return await Promise.all(
			ids.map(async (id) => {
				const accessToken = await issueAccessToken({ userId: id, sessionId: id, now }, key);
				return { id, accessToken };
			})
		);
	} finally {
		await books.close();
	}
}

interface Rush {
	readonly crowd: readonly Buyer[];
	readonly saleId: string;
}

/** Each of them presses once, all at the same moment; how it ended for each. */
export const buyAtOnce = (
	edges: readonly string[],
	{ crowd, saleId }: Rush
): Promise<readonly (Buyer & { readonly outcome: string })[]> =>
	Promise.all(
		crowd.map(async (buyer, index) => {
			const edge = edges[index % edges.length];
			const url = `${edge}/api/flash-sales/${saleId}/purchases`;
			return { ...buyer, outcome: await outcomeFor(buyer, url) };
		})
	);

/** Asks again with the same key, as pages do, until there is an outcome. */
async function outcomeFor({ id, accessToken }: Buyer, url: string): Promise<string> {
	const authorization = `Bearer ${accessToken}`;
	const headers = { authorization, "idempotency-key": randomBytes(8).toString("hex") };
	for (const deadline = Date.now() + patienceMs; ; ) {
		const answer = await postTo(url, { quantity: 1 }, headers);
		const text = goodOf(answer);
		if (text) return (JSON.parse(text) as { outcome: string }).outcome;
		if (Date.now() > deadline) throw new Error(`${id} was told ${answer.status} ${answer.text}`);
		await sleep(answer.retryAfterMs);
	}
}

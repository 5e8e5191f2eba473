/** Reading what comes in, writing what goes out. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { object, Type } from "../../lib/schemas.ts";
import { compile } from "../../middlewares/validator.ts";

export type Fields = Readonly<Record<string, unknown>>;

const bytesMax = 16 * 1024;

/** A form or JSON of bounded size; undefined for what is neither. */
export async function readFields(
	request: IncomingMessage
): Promise<{ text: string; values: Fields; isForm: boolean } | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	for await (const chunk of request) {
		bytes += (chunk as Buffer).length;
		if (bytes > bytesMax) return undefined;
		chunks.push(chunk as Buffer);
	}
	const text = Buffer.concat(chunks).toString("utf8");
	const type = request.headers["content-type"] ?? "";
	if (type.startsWith("application/x-www-form-urlencoded")) {
		const form = new URLSearchParams(text);
		return { text, values: { switches: form.getAll("switches") }, isForm: true };
	}
	if (text === "") return { text, values: {}, isForm: false };
	try {
		const values: unknown = JSON.parse(text);
		if (typeof values !== "object" || values === null || Array.isArray(values)) return undefined;
		return { text, values: values as Fields, isForm: false };
	} catch {
		return undefined;
	}
}

export function answerOf(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, {
		"content-type": "application/json; charset=utf-8",
		"cache-control": "no-store"
	});
	response.end(JSON.stringify(body));
}

const Word = Type.String({ minLength: 1, maxLength: 64 });
const Amount = Type.Integer({ minimum: 1, maximum: 1e12 });
const Currency = Type.String({ pattern: "^[A-Z]{3}$" });

/** What the platform may send. */
export const faultsOf = {
	checkout: compile(
		object({
			...{ intentId: Word, merchant: Word, amount: Amount, currency: Currency },
			description: Type.String({ minLength: 1, maxLength: 200 }),
			returnUrl: Type.String({ pattern: "^https?://[^\\s]+$", maxLength: 500 }),
			expiresAt: Type.String({ format: "date-time" })
		})
	),
	status: compile(object({ intentId: Word, merchant: Word })),
	refund: compile(object({ refundId: Word, reference: Word, amount: Amount, currency: Currency }))
};

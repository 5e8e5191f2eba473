/**
 * The sandbox provider over HTTP:
 *
 *     POST /api/checkouts | /api/status | /api/refunds     signed, from the platform
 *     GET  /pay/<reference>                                 the page; ?switches=late,duplicate
 *     POST /pay/<reference>/pay | /fail                     what its buttons do, and programs too:
 *
 *     { "switches": ["late"], "lateSeconds": 2 }
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { compile } from "../../middlewares/validator.ts";
import { isSigned, signatureHeader } from "../../services/payments/providers/signature.ts";
import type { Book, Checkout } from "./book.ts";
import { pagePolicy, payPage } from "./page.ts";
import { answerOf, type Fields, faultsOf, readFields } from "./requests.ts";
import { switchesOf } from "./switches.ts";
import { isOver, paymentOf, type Till } from "./till.ts";

export interface SandboxParts {
	readonly book: Book;
	readonly till: Till;
	readonly secret: string;
	/** Known when it listens. */
	base: string;
}

export function sandboxServer(parts: SandboxParts): Server {
	return createServer((request, response) => {
		void route(parts, request, response).catch(() => {
			if (response.headersSent) response.destroy();
			else answerOf(response, 500, { error: "The sandbox has a fault." });
		});
	});
}

async function route(parts: SandboxParts, request: IncomingMessage, response: ServerResponse) {
	const url = new URL(request.url ?? "/", "http://sandbox");
	const [area = "", name = "", act = ""] = url.pathname.split("/").slice(1);
	if (area === "health") return answerOf(response, 200, { status: "ok" });
	if (area === "api" && request.method === "POST") {
		return platform(parts, { name, request, response });
	}
	const checkout = area === "pay" ? parts.book.find(name) : undefined;
	if (!checkout) return answerOf(response, 404, { error: "There is no such checkout." });
	if (request.method === "POST") {
		return payer(parts, { checkout, act, request, response });
	}
	const chosen = new Set((url.searchParams.get("switches") ?? "").split(",").filter(Boolean));
	response.writeHead(200, {
		"content-type": "text/html; charset=utf-8",
		"content-security-policy": pagePolicy(checkout),
		"cache-control": "no-store",
		"referrer-policy": "no-referrer",
		"x-content-type-options": "nosniff"
	});
	response.end(payPage(checkout, chosen));
}

interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

type Act = (parts: SandboxParts, fields: Fields) => object | undefined;

const acts: Readonly<Record<string, { readonly faults: (value: unknown) => unknown[]; act: Act }>> =
	{
		checkouts: {
			faults: faultsOf.checkout,
			act({ till, base }, wish) {
				const { reference } = till.open(wish as never);
				return { reference, url: `${base}/pay/${reference}` };
			}
		},
		status: {
			faults: faultsOf.status,
			act({ book }, { merchant, intentId }) {
				const found = book.findByIntent(String(merchant), String(intentId));
				return found && { ...paymentOf(found), status: statusOf(found) };
			}
		},
		refunds: {
			faults: faultsOf.refund,
			act({ book, till }, { reference, refundId, amount, currency }) {
				const found = book.find(String(reference));
				if (!found || found.charged.currency !== currency) return undefined;
				const refunded = till.refund(found, String(refundId), Number(amount));
				return refunded && { reference: refunded.reference, status: refunded.status };
			}
		}
	};

const statusOf = (checkout: Checkout): string =>
	checkout.status === "open" && isOver(checkout) ? "expired" : checkout.status;

async function platform(
	parts: SandboxParts,
	{ name, request, response }: Exchange & { name: string }
) {
	const fields = await readFields(request);
	if (!fields) return answerOf(response, 400, { error: "The body is not readable." });
	const signature = String(request.headers[signatureHeader] ?? "");
	if (!isSigned(parts.secret, { body: fields.text, signature, now: new Date() })) {
		return answerOf(response, 401, { error: "The signature is not valid." });
	}
	const known = Object.hasOwn(acts, name) ? acts[name] : undefined;
	if (!known) return answerOf(response, 404, { error: "There is no such call." });
	if (known.faults(fields.values).length > 0) {
		return answerOf(response, 422, { error: "The fields are not valid." });
	}
	const result = known.act(parts, fields.values);
	return answerOf(response, result ? 200 : 404, result ?? { error: "There is no such checkout." });
}

const choiceFaults = compile({
	type: "object",
	properties: {
		switches: { type: "array", items: { type: "string" }, maxItems: 20 },
		lateSeconds: { type: "integer", minimum: 0, maximum: 86_400 }
	}
});

/** The payer's browser, or a program in their place. */
async function payer(
	{ till }: SandboxParts,
	{ checkout, act, request, response }: Exchange & { checkout: Checkout; act: string }
) {
	const fields = await readFields(request);
	const values = fields && withQuery(fields.values, request);
	if (!values || choiceFaults(values).length > 0) {
		return answerOf(response, 400, { error: "The body is not readable." });
	}
	const switches = switchesOf((values.switches as string[] | undefined) ?? []);
	if (!switches) return answerOf(response, 422, { error: "There is no such switch." });
	const { lateSeconds } = values as { lateSeconds?: number };
	if (act !== "pay" && act !== "fail") {
		return answerOf(response, 404, { error: "There is no such call." });
	}
	const choice = { switches, ...(lateSeconds === undefined ? {} : { lateSeconds }) };
	const done = act === "pay" ? till.pay(checkout, choice) : till.fail(checkout, choice);
	if (fields.isForm) {
		// Whatever came of it stands on the shop's page.
		response.writeHead(303, { location: checkout.returnUrl, "cache-control": "no-store" }).end();
		return;
	}
	if (!done) return answerOf(response, 409, { error: "This checkout is over." });
	return answerOf(response, 200, { status: done.status, returnUrl: checkout.returnUrl });
}

/** Switches may stand in the address too. */
function withQuery(values: Fields, request: IncomingMessage): Fields {
	const query = new URL(request.url ?? "/", "http://sandbox").searchParams;
	const words = (query.get("switches") ?? "").split(",").filter(Boolean);
	if (words.length === 0) return values;
	return { ...values, switches: [...((values.switches as string[] | undefined) ?? []), ...words] };
}

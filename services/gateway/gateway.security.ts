/** Connect middlewares that judge a request before it is routed: headers, origin, size, body. */
import type { IncomingMessage, ServerResponse } from "node:http";
import bodyParser from "body-parser";
import helmet from "helmet";
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { gatewayErrors } from "./gateway.errors.ts";

type Next = (error?: unknown) => void;
export type Connect = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

const corsHeaders = {
	"Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
	"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Request-ID",
	"Access-Control-Expose-Headers": "Retry-After, X-Request-ID",
	"Access-Control-Max-Age": "600"
} as const;

/**
 * Origins are compared whole: moleculer-web's own check is a substring test that lets
 * `https://shop.example.co` pass for `https://shop.example.com`. Our own pages send their origin
 * too on writes; they are known by the Host they were served from.
 */
export function cors(allowedOrigins: readonly string[]): Connect {
	const allowed = new Set(allowedOrigins);
	return (request, response, next) => {
		const { origin } = request.headers;
		if (origin === undefined) return next();
		response.setHeader("Vary", "Origin");
		if (!allowed.has(origin) && !isOwn(origin, request)) {
			return next(gatewayErrors.ORIGIN_NOT_ALLOWED());
		}
		response.setHeader("Access-Control-Allow-Origin", origin);
		for (const [name, value] of Object.entries(corsHeaders)) response.setHeader(name, value);
		if (request.method === "OPTIONS" && request.headers["access-control-request-method"]) {
			response.writeHead(204, { "Content-Length": "0" }).end();
			return;
		}
		next();
	};
}

export function isOwn(origin: string, request: IncomingMessage): boolean {
	try {
		return new URL(origin).host === request.headers.host;
	} catch {
		return false;
	}
}

/** Answers of the API are for one caller at one moment. */
export const noStore: Connect = (_request, response, next) => {
	response.setHeader("Cache-Control", "no-store");
	next();
};

export const urlLength: Connect = (request, _response, next) =>
	next(
		(request.url ?? "").length > limits.urlCharactersMax ? commonErrors.BAD_REQUEST() : undefined
	);

/** The API serves no pages: its answers may load nothing and be framed nowhere. */
export const securityHeaders = (production: boolean): Connect =>
	helmet({
		contentSecurityPolicy: {
			useDefaults: false,
			directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }
		},
		strictTransportSecurity: production,
		crossOriginResourcePolicy: { policy: "same-site" }
	}) as Connect;

const rawBody = Symbol("rawBody");

type Read = IncomingMessage & { [rawBody]?: Buffer };

/** The bytes of a JSON body as they came, for who must check a signature over them. */
export const rawBodyOf = (request: IncomingMessage): Buffer | undefined =>
	(request as Read)[rawBody];

const parseJson = bodyParser.json({
	limit: limits.bodyBytesMax,
	strict: true,
	verify: (request, _response, bytes) => {
		(request as Read)[rawBody] = bytes;
	}
});

/** JSON and nothing else. The parser's own errors differ by library (zlib, iconv); ours do not. */
export const jsonBody: Connect = (request, response, next) =>
	parseJson(request as never, response as never, (error?: unknown) => {
		if (!error) return next();
		const { status } = error as { status?: number };
		next(status === 413 ? commonErrors.PAYLOAD_TOO_LARGE() : commonErrors.BAD_REQUEST());
	});

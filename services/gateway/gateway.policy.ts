/** What the pages may load: their own origin, and streams from where media comes from. */
import { createHash } from "node:crypto";
import type { Env } from "../../config/env.ts";

const everyAddress = new Set(["0.0.0.0", "::"]);

/**
 * Where play URLs may lead. Without PUBLIC_MEDIA_URL every media node names its own host and port,
 * and several of them share a host here.
 */
export function mediaSources({ publicMediaUrl, host }: Env): string[] {
	if (!publicMediaUrl) {
		const own = everyAddress.has(host) ? "127.0.0.1" : host;
		return [`http://${own}:*`, `ws://${own}:*`];
	}
	const parts = /^(https?):\/\/([\w.*:[\]-]+)(\/|$)/.exec(publicMediaUrl);
	if (!parts) throw new Error("PUBLIC_MEDIA_URL names no host that pages may load from.");
	const [, scheme, authority] = parts;
	return [`${scheme}://${authority}`, `${scheme === "https" ? "wss" : "ws"}://${authority}`];
}

const inlineScript = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

const hashesOf = (html: string): string[] =>
	[...html.matchAll(inlineScript)].map(
		([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`
	);

/** The Content-Security-Policy of a page; scripts that stand in `html` itself go by their hash. */
export function pagePolicy(env: Env, html: string): string {
	const media = mediaSources(env);
	const directives = {
		"default-src": ["'none'"],
		"script-src": ["'self'", ...hashesOf(html)],
		// The component library writes its variables into style elements.
		"style-src": ["'self'", "'unsafe-inline'"],
		"img-src": ["'self'", "data:", "blob:"],
		"font-src": ["'self'", "data:"],
		"connect-src": ["'self'", ...media],
		"media-src": ["'self'", "blob:", ...media],
		"worker-src": ["'self'", "blob:"],
		"manifest-src": ["'self'"],
		"base-uri": ["'none'"],
		"form-action": ["'self'"],
		"frame-ancestors": ["'none'"]
	};
	return Object.entries(directives)
		.map(([name, sources]) => [name, ...sources].join(" "))
		.join("; ");
}

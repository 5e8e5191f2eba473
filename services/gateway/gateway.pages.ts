/**
 * The web pages, as `vite build` left them in `web/dist`. All of them are read once: a request
 * then asks a table, not a disk, and no path can lead anywhere else.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { limits } from "../../config/limits.ts";
import type { Connect } from "./gateway.security.ts";

interface Page {
	readonly body: Buffer;
	readonly compressed: Buffer | undefined;
	readonly type: string;
	readonly tag: string;
	readonly cache: string;
}

const types: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".ico": "image/x-icon",
	".jpg": "image/jpeg",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".map": "application/json; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".wasm": "application/wasm",
	".webmanifest": "application/manifest+json; charset=utf-8",
	".webp": "image/webp",
	".woff2": "font/woff2"
};

const compressible = /^(text\/|application\/(json|manifest)|image\/svg)/;

/** Vite puts a hash of the content into the names of what lies here. */
const isHashed = (path: string): boolean => path.startsWith("/assets/");

function readPage(folder: string, path: string): Page {
	const body = readFileSync(join(folder, path));
	const type = types[extname(path)] ?? "application/octet-stream";
	const isWorth = body.length >= limits.pageCompressedBytesMin && compressible.test(type);
	return {
		body,
		compressed: isWorth ? gzipSync(body, { level: 9 }) : undefined,
		type,
		tag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
		cache: isHashed(path) ? "public, max-age=31536000, immutable" : "no-cache"
	};
}

/** Every file of the folder by its path on the web; empty where nothing was built. */
export function loadPages(folder: string): ReadonlyMap<string, Page> {
	const pages = new Map<string, Page>();
	if (!existsSync(join(folder, "index.html"))) return pages;
	let bytes = 0;
	for (const name of globSync("**", { cwd: folder })) {
		const file = statSync(join(folder, name));
		// Our own marks beside the pages begin with a dot.
		if (!file.isFile() || name.startsWith(".")) continue;
		bytes += file.size;
		if (bytes > limits.pagesBytesMax) throw new Error(`${folder} is too large to be served.`);
		const path = `/${name.replaceAll("\\", "/")}`;
		pages.set(path, readPage(folder, path));
	}
	return pages;
}

/** What belongs to the platform itself is never answered by a page. */
const reserved = /^\/(api|files|socket\.io|openapi\.json)(\/|$)/i;

/** Paths that the pages' own router may know; files (with a dot) and escapes are none. */
const routed = /^\/[A-Za-z0-9_~/-]*$/;

/**
 * Serves the pages of `folder` under the policy that `policyOf` makes of its start page; calls
 * `next` for what is not theirs.
 */
export function pages(folder: string, policyOf: (html: string) => string): Connect {
	const known = loadPages(folder);
	const start = known.get("/index.html");
	if (!start) return (_request, _response, next) => next();
	const policy = policyOf(start.body.toString("utf8"));
	return (request, response, next) => {
		const page = pageFor(request, known) ?? (asksForPage(request) ? start : undefined);
		if (!page) return next();
		response.setHeader("Content-Security-Policy", policy);
		send(request, response, page);
	};
}

/** As the client wrote it: moleculer-web shortens `url` on its way. */
function requestPath(request: IncomingMessage & { readonly originalUrl?: string }): string {
	const [path = ""] = (request.originalUrl ?? request.url ?? "").split("?", 1);
	return path;
}

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

function pageFor(request: IncomingMessage, known: ReadonlyMap<string, Page>): Page | undefined {
	const path = requestPath(request);
	if (!isRead(request) || reserved.test(path)) return undefined;
	return known.get(path === "/" ? "/index.html" : path);
}

function asksForPage(request: IncomingMessage): boolean {
	const path = requestPath(request);
	const { accept = "*/*" } = request.headers;
	if (!isRead(request) || reserved.test(path) || path.includes("//")) return false;
	return routed.test(path) && /text\/html|\*\/\*/.test(accept);
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
	response.setHeader("Cache-Control", page.cache);
	response.setHeader("ETag", page.tag);
	response.appendHeader("Vary", "Accept-Encoding");
	if (request.headers["if-none-match"]?.includes(page.tag)) {
		response.writeHead(304).end();
		return;
	}
	const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
	const body = takesGzip ? (page.compressed ?? page.body) : page.body;
	if (body !== page.body) response.setHeader("Content-Encoding", "gzip");
	response.setHeader("Content-Type", page.type);
	response.setHeader("Content-Length", body.length);
	response.end(request.method === "HEAD" ? undefined : body);
}

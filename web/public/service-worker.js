/**
 * Makes the pages open without a network, and installable. It keeps the shell and files whose name
 * carries their hash; what the API, uploads and media answer is never kept.
 */
const cacheName = "shell-1";
const icon = "/icon.svg";
const notPages = /^\/(api|files|socket\.io|openapi\.json)(\/|$)/;

self.addEventListener("install", (event) => {
	event.waitUntil(
		caches
			.open(cacheName)
			.then((cache) => cache.addAll(["/", icon]))
			.then(() => self.skipWaiting())
	);
});

self.addEventListener("activate", (event) => {
	event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (request.method !== "GET" || origin !== self.location.origin) return;
	if (pathname.startsWith("/assets/") || pathname === icon) event.respondWith(keptFirst(request));
	else if (request.mode === "navigate" && !notPages.test(pathname)) {
		event.respondWith(networkFirst(event));
	}
});

async function keptFirst(request) {
	const kept = await caches.match(request);
	if (kept) return kept;
	const answer = await fetch(request);
	if (answer.ok) await (await caches.open(cacheName)).put(request, answer.clone());
	return answer;
}

/** Every page is the same document, so one copy of it serves all addresses. */
async function networkFirst(event) {
	try {
		const answer = await fetch(event.request);
		if (answer.ok) event.waitUntil(keepShell(answer.clone()));
		return answer;
	} catch {
		return (await caches.match("/")) ?? Response.error();
	}
}

/** Another build has other file names: what belonged to the last one goes. */
async function keepShell(answer) {
	const kept = await caches.match("/");
	if ((await kept?.text()) === (await answer.clone().text())) return;
	await caches.delete(cacheName);
	const cache = await caches.open(cacheName);
	await cache.put("/", answer);
	await cache.add(icon);
}

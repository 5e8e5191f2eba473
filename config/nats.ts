/** How every connection to NATS is made: that of the broker and those of the durable channels. */

/** Apart from other platforms on the same NATS servers. */
export const clusterNamespace = "live-commerce";

/**
 * NATS from a URL, or from one per server of its cluster, comma separated; user and password are
 * those of the first. The client's own defaults notice a half-open connection after 4 to 6
 * minutes, wait 2 s between attempts and give up after 10 of them.
 */
export function natsOptions(natsUrl: string): Record<string, unknown> {
	const urls = natsUrl.split(",").map((part) => new URL(part.trim()));
	const { username = "", password = "", protocol } = urls[0] ?? {};
	return {
		servers: urls.map(({ host }) => host),
		...(username ? { user: decodeURIComponent(username) } : {}),
		...(password ? { pass: decodeURIComponent(password) } : {}),
		...(protocol === "tls:" ? { tls: {} } : {}),
		pingInterval: 5_000,
		maxPingOut: 2,
		reconnectTimeWait: 250,
		maxReconnectAttempts: -1,
		timeout: 3_000
	};
}

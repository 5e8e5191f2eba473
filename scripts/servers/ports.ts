/** Free loopback ports. */
import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that was free a moment ago. Another process may take it before the caller
 * does, so whoever passes it on to a child must look whether the child lives, and ask again.
 */
export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => {
				if (address && typeof address === "object") resolve(address.port);
				else reject(new Error("The system gave no port."));
			});
		});
	});
}

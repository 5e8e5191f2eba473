/** Whether a port can be had. */
import { createServer } from "node:net";

/** The error of listening there, or undefined when it works. */
export function listen(host: string, port: number): Promise<Error | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", resolve);
		server.listen(port, host, () => server.close(() => resolve(undefined)));
	});
}

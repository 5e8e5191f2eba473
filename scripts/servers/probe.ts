/** One question to a server over plain TCP, for servers whose protocol is text. */
import { connect } from "node:net";

export interface Question {
	readonly host?: string;
	readonly port: number;
	/** Sent once connected. */
	readonly send: string;
	/** The answer is whole when this matches what has arrived. */
	readonly until: RegExp;
	readonly timeoutMs?: number;
}

/** All that arrived until the answer was whole; throws when it does not come in time. */
export function ask(question: Question): Promise<string> {
	const { host = "127.0.0.1", port, send, until, timeoutMs = 5_000 } = question;
	return new Promise((resolve, reject) => {
		let received = "";
		const socket = connect({ host, port }, () => socket.write(send));
		const fail = (error: Error) => {
			socket.destroy();
			reject(error);
		};
		socket.setEncoding("utf8");
		socket.setTimeout(timeoutMs, () => fail(new Error(`no answer in ${timeoutMs} ms`)));
		socket.once("error", fail);
		socket.once("close", () => reject(new Error("the connection was closed")));
		socket.on("data", (chunk: string) => {
			received += chunk;
			if (!until.test(received)) return;
			resolve(received);
			socket.destroy();
		});
	});
}

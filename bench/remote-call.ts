/**
 * A call from one process to another through two brokers and all that the platform puts around a
 * call (CBOR, validation, auth, timeouts, breaker, tracking), beside NATS request and reply of the
 * same bytes, which the peer neither decodes nor checks.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { encode } from "cbor-x";
import { ServiceBroker } from "moleculer";
import { connect, createInbox, type NatsConnection } from "nats";
import { brokerOptions } from "../config/broker.ts";
import { natsCommand, startNats } from "../scripts/servers/nats.ts";
import { inFolder } from "./backends.ts";
import { bench, type Compare, closedLoop, say } from "./harness.ts";
import { bareSubject, message } from "./remote-call/echo.contract.ts";
import { remoteEnv } from "./remote-call/environment.ts";

/** The figure of the guarantees: at least half of what bare NATS does. */
const reach = 0.5;

/**
 * The same without the client library's own `request`, which costs a timer and a stack trace per
 * call: an inbox for all answers, told apart by the last word of their subject.
 */
function leanRequests(connection: NatsConnection, bytes: Uint8Array): () => Promise<unknown> {
	const inbox = createInbox();
	const waiting = new Map<string, (message: unknown) => void>();
	connection.subscribe(`${inbox}.*`, {
		callback: (_, answer) => {
			const number = answer.subject.slice(inbox.length + 1);
			waiting.get(number)?.(answer);
			waiting.delete(number);
		}
	});
	let sent = 0;
	return () =>
		new Promise((resolve) => {
			const number = String(++sent);
			waiting.set(number, resolve);
			connection.publish(bareSubject, bytes, { reply: `${inbox}.${number}` });
		});
}

async function callsOver(
	{ broker, connection }: { broker: ServiceBroker; connection: NatsConnection },
	compare: Compare
): Promise<void> {
	const bytes = encode(message);
	const lean = leanRequests(connection, bytes);
	await broker.waitForServices("echo", 10_000);
	for (const inFlight of [1, 50]) {
		const what = `remote call, ${inFlight === 1 ? "one after another" : `${inFlight} in flight`}`;
		const ours = closedLoop(() => broker.call("echo.back", message), { inFlight });
		await compare({
			what,
			unit: "calls/s",
			ours,
			peer: closedLoop(() => connection.request(bareSubject, bytes, { timeout: 5_000 }), {
				inFlight
			}),
			peerName: "bare NATS request and reply",
			reach
		});
		await compare({
			what,
			unit: "calls/s",
			ours,
			peer: closedLoop(lean, { inFlight }),
			peerName: "bare NATS publish to an inbox of our own, no timeout"
		});
	}
}

async function withResponder(natsUrl: string, folder: string, compare: Compare): Promise<void> {
	const script = join(import.meta.dirname, "remote-call", "responder.ts");
	const responder = spawn(process.execPath, [script, natsUrl, folder], {
		stdio: ["ignore", "inherit", "inherit"]
	});
	const broker = new ServiceBroker(
		brokerOptions(remoteEnv(natsUrl, folder), { nodeID: "bench-caller" })
	);
	const connection = await connect({ servers: natsUrl });
	try {
		await broker.start();
		await callsOver({ broker, connection }, compare);
	} finally {
		await Promise.all([broker.stop(), connection.close()]);
		responder.kill("SIGTERM");
		await once(responder, "exit");
	}
}

await bench("remote-call", (compare) =>
	inFolder(async (folder) => {
		if (!natsCommand()) {
			say("  nats-server is not installed: npm run setup:servers");
			return;
		}
		const nats = await startNats(join(folder, "nats"));
		try {
			await withResponder(nats.url, folder, compare);
		} finally {
			await nats.stop();
		}
	})
);

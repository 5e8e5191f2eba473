/** RTMPS: the same gate behind TLS. The certificate is made for this run. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../test/harness/until.ts";
import { mediaBounds } from "./media.bounds.ts";
import { Ingest } from "./media.ingest.ts";

const folder = mkdtempSync(join(tmpdir(), "live-commerce-rtmps-"));
const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
const hasOpenssl = (() => {
	try {
		const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
		const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
		const files = ["-keyout", keyFile, "-out", certFile];
		execFileSync("openssl", [...kind, ...subject, ...files], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
})();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasOpenssl)("RTMPS", () => {
	it("answers the handshake of RTMP inside TLS", async () => {
		const ingest = new Ingest({
			host: "127.0.0.1",
			port: 0,
			bounds: mediaBounds,
			tls: { keyFile, certFile },
			isTrusted: () => true,
			admit: () => Promise.reject(new Error("nobody is let in")),
			onReceived: () => {},
			onRefused: () => {}
		});
		await ingest.listen();
		const received: Buffer[] = [];
		const socket = connect({ port: ingest.port, host: "127.0.0.1", rejectUnauthorized: false });
		socket.on("data", (chunk: Buffer) => received.push(chunk));
		// C0 and C1 of RTMP 3; the answer S0, S1, S2 begins with the same version.
		socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
		await until(() => Buffer.concat(received).length >= 3073);
		expect(Buffer.concat(received)[0]).toBe(3);
		expect(ingest.connections).toBe(1);
		socket.destroy();
		await until(() => ingest.connections === 0);
		await ingest.close("test");
	});

	it("does not start without its certificate", () => {
		const tls = { keyFile: join(folder, "none.pem"), certFile };
		const options = { host: "127.0.0.1", port: 0, bounds: mediaBounds, tls };
		const nobody = { isTrusted: () => true, onReceived: () => {}, onRefused: () => {} };
		const open = () =>
			new Ingest({ ...options, ...nobody, admit: () => Promise.reject(new Error("no")) });
		expect(open).toThrow(/ENOENT/);
	});
});

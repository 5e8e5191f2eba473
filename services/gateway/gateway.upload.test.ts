import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import { type FormPart, formOf, formType } from "../../test/harness/pictures.ts";
import { readUpload, streamOf, UploadSlots } from "./gateway.upload.ts";

interface Outcome {
	readonly code: string;
	readonly bytes?: number;
	readonly field?: { readonly field: string; readonly message: string };
}

/** What came of each request, in the order of their ends. */
const outcomes: Outcome[] = [];

const listener: RequestListener = async (request, response) => {
	const outcome = await readUpload(request).then(
		(file) => ({ code: "OK", bytes: file.length }),
		({ type, data }) => ({ code: String(type), field: data?.fields?.[0] })
	);
	outcomes.push(outcome);
	response.end(JSON.stringify(outcome));
};

let server: Server;
let port: number;

beforeAll(async () => {
	server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());
afterEach(() => vi.useRealTimers());

async function send(body: Buffer, type = formType): Promise<Outcome> {
	const options = { method: "POST", headers: { "content-type": type }, body };
	const answer = await fetch(`http://127.0.0.1:${port}`, options);
	return (await answer.json()) as Outcome;
}

const sendForm = (...parts: FormPart[]) => send(formOf(parts));
const file = (bytes: number): FormPart => ({ content: Buffer.alloc(bytes, 7) });

describe("readUpload", () => {
	it("reads one file, up to the last byte that is allowed", async () => {
		for (const bytes of [0, 1, 65_536, limits.uploadBytesMax]) {
			expect(await sendForm(file(bytes))).toEqual({ code: "OK", bytes });
		}
	});

	it("does not care what the file is called", async () => {
		for (const filename of ["../../../etc/passwd", "a.svg", "\\\\host\\c$\\x", "é\u0001.png"]) {
			const outcome = await sendForm({ content: "x", filename, type: "text/html" });
			expect(outcome, filename).toEqual({ code: "OK", bytes: 1 });
		}
	});

	it("refuses one byte more, and much more, and still answers", async () => {
		expect(await sendForm(file(limits.uploadBytesMax + 1))).toEqual({ code: "PAYLOAD_TOO_LARGE" });
		const huge = await sendForm(file(limits.uploadBytesMax * 2 - 1_000));
		expect(huge).toEqual({ code: "PAYLOAD_TOO_LARGE" });
	});

	it("does not read what is far too much, told or not told", async () => {
		const socket = connect(port, "127.0.0.1");
		const answer = new Promise<string>((resolve) => {
			let text = "";
			socket.on("data", (data) => {
				text += data;
				if (text.includes("}")) resolve(text);
			});
			socket.on("close", () => resolve(text));
			socket.on("error", () => resolve(text));
		});
		const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\n`;
		socket.write(`${head}Content-Length: 999999999\r\n\r\n`);
		expect(await answer).toContain("PAYLOAD_TOO_LARGE");
		socket.destroy();
	});

	it.each([
		["no file", [], "is required"],
		["only a field", [{ name: "file", filename: "", content: "text" }], "the only one"],
		["two files", [file(9), file(9)], "the only one"],
		["a field beside it", [file(9), { name: "x", filename: "", content: "y" }], "the only one"],
		["another name", [{ name: "picture", content: "x" }], "this name"]
	] satisfies [string, FormPart[], string][])("refuses %s", async (_, parts, message) => {
		const outcome = await sendForm(...parts);
		expect(outcome.code).toBe("VALIDATION_FAILED");
		expect(outcome.field).toEqual({ field: "file", message: expect.stringContaining(message) });
	});

	it("refuses ten thousand parts", async () => {
		const parts = Array.from({ length: 10_000 }, (_, index) => ({
			...{ name: `f${index}`, content: "x" }
		}));
		expect((await sendForm(...parts)).code).toBe("VALIDATION_FAILED");
	});

	it.each(["application/json", "text/plain", "multipart/mixed; boundary=a", "multipart/form-data"])(
		"refuses the type %s",
		async (type) => {
			expect((await send(formOf([file(1)]), type)).field?.message).toContain("multipart/form-data");
		}
	);

	it("refuses a form without a boundary or cut off, and reads no endless headers", async () => {
		const form = formOf([file(1_000)]);
		expect((await send(form, "multipart/form-data; x=y")).code).toBe("BAD_REQUEST");
		expect((await send(form.subarray(0, 500))).code).toBe("BAD_REQUEST");
		const wide = formOf([{ content: "x", type: "a".repeat(100_000) }]);
		expect(await send(wide)).toEqual({ code: "OK", bytes: 1 });
	});

	it("ends for any bytes", async () => {
		const pieces = fc.array(
			fc.oneof(
				fc.constantFrom("--test-boundary", "--", "\r\n", "\n", ":", '; name="file"', "\0"),
				fc.constant('Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n'),
				fc.string()
			),
			{ maxLength: 12 }
		);
		await fc.assert(
			fc.asyncProperty(pieces, async (texts) => {
				const { code } = await send(Buffer.from(texts.join("")));
				expect(code).toMatch(/^(OK|BAD_REQUEST|VALIDATION_FAILED)$/);
			}),
			{ numRuns: 200 }
		);
	});

	it("lets go of a sender that goes away", async () => {
		outcomes.length = 0;
		const socket = connect(port, "127.0.0.1");
		const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\n`;
		socket.write(`${head}Content-Length: 5000\r\n\r\n--test-boundary\r\n`);
		await new Promise((resolve) => setTimeout(resolve, 50));
		socket.destroy();
		await vi.waitFor(() => expect(outcomes).toEqual([{ code: "BAD_REQUEST" }]));
	});

	it("does not wait for a sender that is too slow", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const socket = connect(port, "127.0.0.1");
		const answered = new Promise<string>((resolve) => {
			socket.on("data", (data) => resolve(data.toString()));
		});
		const arrived = new Promise((resolve) => server.once("request", resolve));
		const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\n`;
		socket.write(`${head}Content-Length: 5000\r\n\r\n--test-boundary\r\n`);
		await arrived;
		vi.advanceTimersByTime(limits.uploadMillisecondsMax);
		expect(await answered).toContain("UPLOAD_TOO_SLOW");
		socket.destroy();
	});
});

describe("UploadSlots", () => {
	it("are few for each user, and few for all, and come back", async () => {
		const slots = new UploadSlots();
		const ends: (() => void)[] = [];
		const hold = (userId: string) =>
			slots.hold(userId, () => new Promise<void>((resolve) => ends.push(resolve)));
		const held: Promise<void>[] = [];
		for (let user = 0; held.length < limits.uploadsAtOnceMax; user += 1) {
			for (let own = 0; own < limits.uploadsAtOncePerUserMax; own += 1) held.push(hold(`${user}`));
		}
		await expect(hold("0")).rejects.toMatchObject({ type: "RATE_LIMITED" });
		await expect(hold("someone")).rejects.toMatchObject({ type: "BUSY" });
		for (const end of ends) end();
		await Promise.all(held);
		const failed = slots.hold("0", () => Promise.reject(new Error("no")));
		await expect(failed).rejects.toThrow("no");
		expect(await slots.hold("0", async () => "free")).toBe("free");
	});
});

it("streamOf gives the same bytes, in pieces that the bus takes", async () => {
	const bytes = Buffer.alloc(limits.filePieceBytesMax * 2 + 5, 3);
	const pieces = await streamOf(bytes).toArray();
	expect(pieces.map(({ length }) => length)).toEqual([
		...[limits.filePieceBytesMax, limits.filePieceBytesMax, 5]
	]);
	expect(Buffer.concat(pieces)).toEqual(bytes);
});

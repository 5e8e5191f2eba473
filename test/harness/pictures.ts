/** Small pictures for suites that upload: real ones, and a PNG that claims any size. */
import { crc32, deflateSync } from "node:zlib";

const signature = Buffer.from("89504e470d0a1a0a", "hex");
const decoded = (...lines: string[]): Buffer => Buffer.from(lines.join(""), "base64");

/** One of each kind that the platform takes; the sizes beside them are the true ones. */
export const pictures = {
	jpeg: {
		type: "image/jpeg",
		size: [16, 8],
		bytes: decoded(
			"/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg8PEc8R1JSUlJSUmFaYWVlZWFh",
			"YWFlZWVsbGx/f39sbGxlZWxseHh/f4qOioODf4OOjpaWlrS0rKzS0tn/////xABpAAEBAQAAAAAAAAAAAAAA",
			"AAAHAgYBAQEBAQAAAAAAAAAAAAAAAAUHAwYQAAEEAwEBAQAAAAAAAAAAAAIRACEBMhMDUWExEQABAwIGAwEB",
			"AAAAAAAAAAABAAIREgNxUTMxIQShYYHRE//AABEIAAgAEAMBEgACEgADEgD/2gAMAwEAAhEDEQA/AMvXMtVR",
			"K/GkjgLUs3WNcQTzORywUgbqJF7qGkOMcNge6nE+IQXb3UbBrtVrFKv74z8syfX27NxgkiBiP1Wd2mk7Qr/p",
			"HM00/N1r1Nl//9k="
		)
	},
	png: { type: "image/png", size: [16, 8], bytes: pngOf(16, 8) },
	gif: {
		type: "image/gif",
		size: [1, 1],
		bytes: decoded("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	},
	webp: {
		type: "image/webp",
		size: [16, 8],
		bytes: decoded(
			"UklGRjQAAABXRUJQVlA4ICgAAACQAQCdASoQAAgAB0CWJaACdLoAA5gA/uUK+Cepco/+N48CvJdjoAAA"
		)
	},
	animatedWebp: {
		type: "image/webp",
		size: [16, 8],
		bytes: decoded(
			"UklGRvIAAABXRUJQVlA4WAoAAAACAAAADwAABwAAQU5JTQYAAAD/////AQBBTk1GcAAAAAAAAAAAAA8AAAcA",
			"AMgAAAJWUDggWAAAAPABAJ0BKhAACAAJAKwlsAJ0fwANB11jQAD+rPY4gKc3qkqsDG8QN70tIUSUsefJok6b",
			"rqZl3HDcT/pIHrNFqgA55VtL1dpAdER4200TX3/o+woiboPlwABBTk1GTgAAAAAAAAMAAA8AAAEAAMgAAABW",
			"UDggNgAAALQBAJ0BKhAAAgAAAKwlsAJ0AMYoSQAA/Ohpsphqd91sG0OldvFK0QCnxsnENyyucMXROYxAAA=="
		)
	}
} as const;

export function chunkOf(name: string, data: Buffer): Buffer {
	const checked = Buffer.concat([Buffer.from(name, "latin1"), data]);
	const chunk = Buffer.alloc(checked.length + 8);
	chunk.writeUInt32BE(data.length, 0);
	checked.copy(chunk, 4);
	chunk.writeUInt32BE(crc32(checked), checked.length + 4);
	return chunk;
}

/** A grey PNG. Its header claims the size; the data is there only for sizes below 1,000. */
export function pngOf(width: number, height: number, extra: readonly Buffer[] = []): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.writeUInt8(8, 8);
	const rows = width < 1_000 && height < 1_000 ? Buffer.alloc((width + 1) * height) : Buffer.of(0);
	return Buffer.concat([
		...[signature, chunkOf("IHDR", header), ...extra],
		...[chunkOf("IDAT", deflateSync(rows)), chunkOf("IEND", Buffer.alloc(0))]
	]);
}

/** A PNG of about so many bytes that no compression makes smaller. */
export function heavyPng(bytes: number): Buffer {
	const noise = Buffer.alloc(bytes);
	for (let at = 0; at < bytes; at += 1) noise[at] = (at * 2_654_435_761) >>> 13;
	return pngOf(16, 8, [chunkOf("IDAT", noise)]);
}

export interface FormPart {
	readonly name?: string;
	readonly filename?: string;
	readonly type?: string;
	readonly content: Buffer | string;
}

/** A form as a browser would send it; unlike `FormData` it can also be wrong. */
export function formOf(parts: readonly FormPart[], boundary = "test-boundary"): Buffer {
	const sections = parts.map(({ name = "file", filename = "a.png", type, content }) =>
		Buffer.concat([
			Buffer.from(
				`--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
					`${filename === "" ? "" : `; filename="${filename}"`}\r\n` +
					`${type ? `Content-Type: ${type}\r\n` : ""}\r\n`
			),
			Buffer.from(content),
			Buffer.from("\r\n")
		])
	);
	return Buffer.concat([...sections, Buffer.from(`--${boundary}--\r\n`)]);
}

export const formType = "multipart/form-data; boundary=test-boundary";

/** AMF0, as far as an encoder writes it. */
export type AmfValue = number | boolean | string | null | { readonly [key: string]: AmfValue };

export function amf(...values: readonly AmfValue[]): Buffer {
	return Buffer.concat(values.map(encode));
}

function encode(value: AmfValue): Buffer {
	if (value === null) return Buffer.from([5]);
	if (typeof value === "boolean") return Buffer.from([1, value ? 1 : 0]);
	if (typeof value === "string") return Buffer.concat([Buffer.from([2]), text(value)]);
	if (typeof value === "number") {
		const bytes = Buffer.alloc(9);
		bytes.writeDoubleBE(value, 1);
		return bytes;
	}
	const fields = Object.entries(value).flatMap(([key, field]) => [text(key), encode(field)]);
	return Buffer.concat([Buffer.from([3]), ...fields, Buffer.from([0, 0, 9])]);
}

function text(value: string): Buffer {
	const bytes = Buffer.from(value);
	return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

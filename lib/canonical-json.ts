/** One text per value, for hashes. */

/** JSON with sorted keys: the same params always give the same text. */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
	// As text, the way it leaves in JSON: its fields are none, so that all moments would be equal.
	if (value instanceof Date) return JSON.stringify(value);
	if (typeof value === "object" && value !== null) {
		const entries = Object.entries(value)
			.filter(([, item]) => item !== undefined)
			.sort(([left], [right]) => (left < right ? -1 : 1))
			.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
		return `{${entries.join(",")}}`;
	}
	return JSON.stringify(value) ?? "null";
}

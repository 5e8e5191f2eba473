/** Makes values from the schemas of contracts: good ones, and all the bad ones around them. */

/** What of JSON Schema the contracts use. */
export interface JsonSchema {
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly anyOf?: readonly JsonSchema[];
	readonly items?: JsonSchema;
	readonly properties?: Readonly<Record<string, JsonSchema>>;
	readonly required?: readonly string[];
	readonly examples?: readonly unknown[];
	readonly pattern?: string;
	readonly minLength?: number;
	readonly maxLength?: number;
	readonly minimum?: number;
	readonly maximum?: number;
}

/** A value that fits. A pattern needs an example beside it, for people as much as for this. */
export function sampleOf(schema: JsonSchema): unknown {
	if (schema.examples?.[0] !== undefined) return schema.examples[0];
	if (schema.const !== undefined) return schema.const;
	if (schema.enum) return schema.enum[0];
	if (schema.anyOf?.[0]) return sampleOf(schema.anyOf[0]);
	switch (schema.type) {
		case "string":
			if (schema.pattern) throw new Error(`${schema.pattern} has no example beside it.`);
			return "sample-value".slice(0, schema.maxLength).padEnd(schema.minLength ?? 0, "x");
		case "integer":
		case "number":
			return schema.minimum ?? 1;
		case "boolean":
			return true;
		case "array":
			return schema.items ? [sampleOf(schema.items)] : [];
		case "object":
			return requiredSamples(schema);
		default:
			return "anything";
	}
}

/** The smallest object that fits. */
export function requiredSamples(schema: JsonSchema): Record<string, unknown> {
	const value: Record<string, unknown> = {};
	for (const name of schema.required ?? []) {
		const property = schema.properties?.[name];
		if (property) value[name] = sampleOf(property);
	}
	return value;
}

export interface BadParams {
	readonly why: string;
	/** JSON text, since some of it cannot be written as an object. */
	readonly body: string;
}

const deep = `${"[".repeat(500)}${"]".repeat(500)}`;

/** Every way of sending one param wrong, the others staying right. All must be refused. */
export function badParams(schema: JsonSchema): BadParams[] {
	const good = requiredSamples(schema);
	const bad: BadParams[] = [];
	const push = (why: string, changed: Record<string, unknown>) =>
		bad.push({ why, body: JSON.stringify({ ...good, ...changed }) });
	for (const name of schema.required ?? []) {
		const { [name]: _left, ...rest } = good;
		bad.push({ why: `${name} missing`, body: JSON.stringify(rest) });
	}
	push("an unknown key", { surprise: 1 });
	push("a key of Object.prototype", { constructor: { prototype: {} } });
	const inside = JSON.stringify(good).slice(1, -1);
	const before = inside === "" ? "" : `${inside},`;
	bad.push({ why: "__proto__", body: `{${before}"__proto__":{"role":"operator"}}` });
	for (const [name, property] of Object.entries(schema.properties ?? {})) {
		for (const [why, value] of badValues(property)) push(`${name} ${why}`, { [name]: value });
		bad.push({
			why: `${name} deeply nested`,
			body: JSON.stringify({ ...good, [name]: "@" }).replace('"@"', deep)
		});
	}
	return bad;
}

function badValues(schema: JsonSchema): [why: string, value: unknown][] {
	const wrong: [string, unknown][] = [
		["an object", { $ne: null }],
		["an object with a query", { $where: "sleep(1000)" }]
	];
	const types = (schema.anyOf ?? [schema]).map(({ type }) => type);
	if (!types.includes("array")) wrong.push(["an array", [1, 2]]);
	if (!types.includes("boolean")) wrong.push(["a boolean", true]);
	if (!types.includes("null")) wrong.push(["null", null]);
	if (types.includes("string")) {
		wrong.push(["a number", 7], ["huge", "9".repeat(20_000)]);
	} else {
		wrong.push(["text", "DROP TABLE users"], ["a fraction", 1.5], ["huge", 1e300]);
		wrong.push(["beyond 2^53", 2 ** 60]);
		// A correction may take away.
		if ((schema.minimum ?? 0) >= 0) wrong.push(["negative", -1]);
	}
	return wrong;
}

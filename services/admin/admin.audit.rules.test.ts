import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	type AuditEntry,
	type AuditRow,
	faultOf,
	hashOfRow,
	type Link,
	linked,
	linkOf,
	shownRow,
	start
} from "./admin.audit.rules.ts";

const entry: AuditEntry = {
	actorId: "1001",
	sessionId: "1",
	action: "users.ban",
	target: "1002",
	params: '{"id":"1002","reason":"spam"}',
	outcome: "begun",
	intentId: null,
	requestId: "request-1",
	clientAddress: "192.0.2.1"
};
const at = new Date("2026-11-21T09:00:00.123Z");

function chain(count: number): AuditRow[] {
	const rows: AuditRow[] = [];
	let last: Link = start;
	for (let index = 0; index < count; index++) {
		const row = linked(last, { ...entry, target: String(index) }, at);
		rows.push(row);
		last = row;
	}
	return rows;
}

/** The first fault of a whole chain, as the walk over the table finds it. */
function firstFault(rows: readonly AuditRow[]) {
	let last: Link = start;
	for (const row of rows) {
		const fault = faultOf(last, row);
		if (fault) return fault;
		last = row;
	}
	return undefined;
}

describe("the audit chain", () => {
	it("links each row to the one before it", () => {
		const rows = chain(3);
		expect(rows.map((row) => row.id)).toEqual(["1", "2", "3"]);
		expect(rows[0]?.previousHash).toBe(start.hash);
		expect(rows[2]?.previousHash).toBe(rows[1]?.hash);
		expect(firstFault(rows)).toBeUndefined();
	});

	it("hashes the same row to the same value whatever the order of its fields", () => {
		const [row] = chain(1) as [AuditRow];
		const turned = Object.fromEntries(Object.entries(row).reverse()) as unknown as AuditRow;
		expect(hashOfRow(turned)).toBe(row.hash);
	});

	it("finds any changed field at its own row", () => {
		const fields = [...Object.keys(entry), "at"] as (keyof AuditEntry | "at")[];
		const changes = fc.record({
			count: fc.integer({ min: 1, max: 6 }),
			place: fc.nat(),
			field: fc.constantFrom(...fields),
			text: fc.string({ minLength: 1 })
		});
		fc.assert(
			fc.property(changes, ({ count, place, field, text }) => {
				const rows = chain(count);
				const index = place % count;
				const row = rows[index] as AuditRow;
				const value = field === "at" ? new Date(at.getTime() + 1) : `${row[field]}${text}`;
				rows[index] = { ...row, [field]: value };
				expect(firstFault(rows)).toEqual({ id: row.id, reason: "content" });
			})
		);
	});

	it("finds a removed row, an inserted row and two rows that changed places", () => {
		const rows = chain(4);
		const [first, second, third, fourth] = rows as [AuditRow, AuditRow, AuditRow, AuditRow];
		expect(firstFault([first, third, fourth])).toEqual({ id: "2", reason: "missing" });
		const forged = linked(first, { ...entry, actorId: "1" }, at);
		expect(firstFault([first, forged, third, fourth])).toEqual({ id: "3", reason: "link" });
		const swapped = [first, { ...third, id: "2" }, { ...second, id: "3" }, fourth];
		expect(firstFault(swapped)).toEqual({ id: "2", reason: "link" });
	});

	it("finds a time that is none instead of failing on it", () => {
		const [row] = chain(1) as [AuditRow];
		const broken = { ...row, at: new Date("nonsense") };
		expect(firstFault([broken])).toEqual({ id: "1", reason: "content" });
	});

	it("reads the place to go on from", () => {
		expect(linkOf(undefined)).toEqual(start);
		expect(linkOf(`12:${"a".repeat(64)}`)).toEqual({ id: "12", hash: "a".repeat(64) });
	});

	it("shows a row with its time as text", () => {
		const [row] = chain(1) as [AuditRow];
		expect(shownRow(row)).toEqual({
			...entry,
			target: "0",
			id: "1",
			at: "2026-11-21T09:00:00.123Z",
			hash: row.hash
		});
	});
});

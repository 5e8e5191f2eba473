import { describe, expect, test } from "vitest";
import { storeBackends } from "../../test/harness/backends.ts";
import { until } from "../../test/harness/until.ts";
import { storesOf } from "../../test/integration/im-router-stage.ts";

const one = { nodeId: "edge-1", incarnation: "a" };
const two = { nodeId: "edge 2", incarnation: "a" };
const phone = { userId: "7", deviceId: "phone-0001" };
const laptop = { userId: "7", deviceId: "laptop-001" };

for (const backend of storeBackends) {
	describe.skipIf(!backend.available)(`what waits for a device on ${backend.name}`, () => {
		const open = storesOf(backend);
		const message = (id: string) => ({ id, text: JSON.stringify({ id }) });

		test("messages have their place, once, and wait until they are acked", async () => {
			const { here, there } = await open();
			const { epoch, sequence } = await here.presence.connect(phone, one);
			expect((await here.pending.push(phone, message("a"))).sequence).toBe(sequence + 1);
			expect((await there.pending.push(phone, message("b"))).sequence).toBe(sequence + 2);
			expect((await there.pending.push(phone, message("a"))).sequence).toBe(sequence + 1);
			expect(await there.pending.list(phone)).toEqual([
				{ ...message("a"), sequence: sequence + 1 },
				{ ...message("b"), sequence: sequence + 2 }
			]);
			expect(await here.pending.list(laptop)).toEqual([]);
			expect(await here.pending.upTo(phone, epoch, sequence + 1)).toHaveLength(1);
			expect(await here.pending.ack(phone, epoch, sequence + 1)).toBe(1);
			expect(await here.pending.ack(phone, epoch, sequence + 1)).toBe(0);
			expect(await there.pending.count(phone)).toBe(1);
			expect((await there.presence.connect(phone, two)).sequence).toBe(sequence + 2);
			expect((await there.pending.push(phone, message("c"))).sequence).toBe(sequence + 3);
		});

		test("an ack of an older epoch counts for nothing, nor does a made-up one", async () => {
			const { here } = await open();
			const first = await here.presence.connect(phone, one);
			const { sequence, epoch } = await here.pending.push(phone, message("a"));
			expect(epoch).toBe(first.epoch);
			const second = await here.presence.connect(phone, two);
			expect(await here.pending.push(phone, message("a"))).toEqual({
				...{ sequence, epoch: second.epoch }
			});
			for (const other of [first.epoch, second.epoch + 1, 1]) {
				expect(await here.pending.upTo(phone, other, sequence)).toBeUndefined();
				expect(await here.pending.ack(phone, other, sequence)).toBe(0);
			}
			expect(await here.pending.ack(phone, second.epoch, sequence)).toBe(1);
		});

		test("the oldest give way when too many wait", async () => {
			const { here } = await open({ pendingMax: 3 });
			for (const id of "abcde") await here.pending.push(phone, message(id));
			expect((await here.pending.list(phone)).map(({ id }) => id)).toEqual(["c", "d", "e"]);
		});

		test("numbers do not fall back when all is forgotten", async () => {
			const { here, client } = await open();
			const first = await here.presence.connect(phone, one);
			await here.pending.push(phone, message("a"));
			// The clock goes by milliseconds: a loss takes longer than one.
			await until(() => Date.now() > first.sequence + 2);
			await client?.flushdb();
			const second = await here.presence.connect(phone, one);
			expect(second.epoch).toBeGreaterThan(first.epoch);
			expect(second.sequence).toBeGreaterThan(first.sequence);
		});
	});
}

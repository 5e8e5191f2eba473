import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../config/limits.ts";
import { type Opened, sqlBackends } from "../../test/harness/backends.ts";
import { as, type ShopStage, startShop } from "../../test/harness/shop-stage.ts";

const home = {
	...{ name: "Kim Minji", phone: "+82 10-1234-5678", country: "KR", city: "Seoul" },
	...{ line1: "12 Sejong-daero", postalCode: "04524" }
};

describe.each(sqlBackends)("addresses on $name", (backend) => {
	if (!backend.available) return it.skip("has no server", () => undefined);
	let opened: Opened;
	let stage: ShopStage;
	let call: ShopStage["call"];

	beforeAll(async () => {
		opened = await backend.open({ variables: { RATE_LIMITS: "off" } });
		stage = await startShop(opened);
		call = stage.call;
	});
	afterAll(async () => {
		await stage.stop();
		await opened.close();
	});

	const create = (who: string, change: object = {}) =>
		call("addresses.create", { ...home, ...change }, as(who));
	const list = async (who: string) => (await call("addresses.list", {}, as(who))).items;
	const defaults = async (who: string) => (await list(who)).filter(({ isDefault }) => isDefault);

	it("keeps addresses, the first one as default", async () => {
		const first = await create("20", { name: "  Kim Minji " });
		expect(first).toEqual({ id: first.id, ...home, line2: null, isDefault: true });
		const second = await create("20", { line2: "Floor 3", country: "JP" });
		expect(second).toMatchObject({ isDefault: false, line2: "Floor 3", country: "JP" });
		expect((await list("20")).map(({ id }) => id)).toEqual([first.id, second.id]);
		expect(await call("addresses.get", { id: second.id }, as("20"))).toEqual(second);
		const third = await create("20", { isDefault: true });
		expect((await list("20")).map(({ id }) => id)).toEqual([third.id, second.id, first.id]);
		expect(await defaults("20")).toMatchObject([{ id: third.id }]);
	});

	it("changes and deletes them; the newest that is left is the default", async () => {
		const first = await create("21", { line2: "Floor 1" });
		const second = await create("21");
		const update = (id: string, change: object) =>
			call("addresses.update", { id, ...change }, as("21"));
		expect(await update(first.id, { city: "Busan" })).toEqual({ ...first, city: "Busan" });
		expect(await update(first.id, { line2: null })).toMatchObject({ line2: null, city: "Busan" });
		expect(await update(second.id, { isDefault: true })).toMatchObject({ isDefault: true });
		expect(await defaults("21")).toMatchObject([{ id: second.id }]);
		const third = await create("21");
		const remove = (id: string) => call("addresses.remove", { id }, as("21"));
		await remove(second.id);
		expect(await defaults("21")).toMatchObject([{ id: third.id }]);
		await expect(remove(second.id)).rejects.toMatchObject({ type: "NOT_FOUND" });
		await remove(first.id);
		await remove(third.id);
		expect(await list("21")).toEqual([]);
	});

	it("has one default, however many are made it at once", async () => {
		const made = await Promise.all(
			Array.from({ length: 8 }, () => create("22", { isDefault: true }))
		);
		expect(await defaults("22")).toHaveLength(1);
		const moves = made.map(({ id }) => call("addresses.update", { id, isDefault: true }, as("22")));
		const removals = made.slice(0, 4).map(({ id }) => call("addresses.remove", { id }, as("22")));
		await Promise.allSettled([...moves, ...removals]);
		expect(await list("22")).toHaveLength(4);
		expect(await defaults("22")).toHaveLength(1);
		const second = (await list("22")).find(({ isDefault }) => !isDefault);
		const twice = stage.db.execute(
			"UPDATE addresses_addresses SET default_of = user_id WHERE id = ?",
			[second?.id ?? ""]
		);
		await expect(twice).rejects.toThrow();
	});

	it("holds its bound when many are added at once", async () => {
		const max = limits.addressesPerUserMax;
		const answers = await Promise.allSettled(Array.from({ length: max + 5 }, () => create("23")));
		const refused = answers.filter(({ status }) => status === "rejected");
		expect(refused).toHaveLength(5);
		expect(refused[0]).toMatchObject({ reason: { type: "TOO_MANY_ADDRESSES" } });
		expect(await list("23")).toHaveLength(max);
	});

	it("shows and changes nobody else's", async () => {
		const { id } = await create("24");
		const refusal = { status: "rejected", reason: { type: "NOT_FOUND" } };
		expect(
			await Promise.allSettled([
				call("addresses.get", { id }, as("25")),
				call("addresses.update", { id, city: "Elsewhere" }, as("25")),
				call("addresses.remove", { id }, as("25")),
				call("addresses.get", { id: "999999" }, as("24"))
			])
		).toMatchObject([refusal, refusal, refusal, refusal]);
		const guest = call("addresses.get", { id });
		await expect(guest).rejects.toMatchObject({ type: "UNAUTHENTICATED" });
		const found = (userId: string) => call("addresses.find", { userId, id });
		expect((await found("24")).address).toMatchObject({ id, city: "Seoul" });
		expect((await found("25")).address).toBeNull();
	});

	it("refuses what cannot be an address", async () => {
		const bad = [
			{ country: "kr" },
			{ country: "Korea" },
			{ phone: "call me" },
			{ name: " " },
			{ name: "a\nb" },
			{ line1: "x".repeat(limits.addressLineCharactersMax + 1) },
			{ postalCode: "" },
			{ userId: "1" }
		];
		const answers = await Promise.allSettled(bad.map((change) => create("26", change)));
		expect(answers.map(({ status }) => status)).toEqual(bad.map(() => "rejected"));
		await expect(create("26", { country: "XX" })).rejects.toMatchObject({
			type: "COUNTRY_UNKNOWN"
		});
		expect(await list("26")).toEqual([]);
	});
});

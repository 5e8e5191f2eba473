import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sandboxProvider } from "../../services/payments/providers/sandbox.ts";
import { press, sandboxSecret, startTill } from "../../test/harness/sandbox.ts";
import { Book } from "./book.ts";
import { pagePolicy, payPage } from "./page.ts";
import { switches } from "./switches.ts";

const order = {
	...{ intentId: "1001", amount: 500, currency: "USD", description: "500 coins" },
	returnUrl: "http://127.0.0.1:3000/wallet?recharge=1001",
	expiresAt: new Date(Date.now() + 60_000)
};

describe("the sandbox", () => {
	const closing: (() => void)[] = [];
	afterEach(() => {
		for (const close of closing.splice(0).reverse()) close();
	});

	async function start() {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-sandbox-"));
		const till = await startTill(folder);
		closing.push(
			() => rmSync(folder, { recursive: true, force: true }),
			() => till.stop()
		);
		const provider = sandboxProvider({ url: till.url, secret: sandboxSecret });
		return { ...till, provider, file: join(folder, "sandbox.json") };
	}

	it("makes one checkout per intent", async () => {
		const { provider } = await start();
		const [one, two] = await Promise.all([
			provider.createCheckout(order),
			provider.createCheckout({ ...order, amount: 900 })
		]);
		expect(two).toEqual(one);
		const other = await provider.createCheckout({ ...order, intentId: "1002" });
		expect(other.reference).not.toBe(one.reference);
	});

	it("says how a payment is, and pays back once", async () => {
		const { provider, book } = await start();
		expect(await provider.fetchStatus("1001")).toBeUndefined();
		const { url, reference } = await provider.createCheckout(order);
		const status = async () => (await provider.fetchStatus("1001"))?.kind;
		expect(await status()).toBe("open");
		const refund = { refundId: "1001", reference, amount: 500, currency: "USD" };
		await expect(provider.refund(refund)).rejects.toMatchObject({ type: "PROVIDER_UNAVAILABLE" });
		expect(await press("pay", url)).toBe("paid");
		expect(await press("pay", url)).toBe("paid");
		expect(await provider.fetchStatus("1001")).toMatchObject({
			...{ kind: "paid", intentId: "1001", reference, amount: 500, currency: "USD" },
			merchant: "live-commerce"
		});
		expect(book.deliveries).toHaveLength(1);
		for (const _ of [1, 2]) await provider.refund(refund);
		expect(await status()).toBe("refunded");
		expect(book.deliveries).toHaveLength(2);
	});

	it("pays parts back, each once, and never more than was charged", async () => {
		const { provider, book } = await start();
		const { url, reference } = await provider.createCheckout(order);
		await press("pay", url);
		const refund = (refundId: string, amount: number, currency = "USD") =>
			provider.refund({ refundId, reference, amount, currency });
		const refused = { type: "PROVIDER_UNAVAILABLE" };
		for (const _ of [1, 2]) await refund("a", 300);
		await expect(refund("a", 299)).rejects.toMatchObject(refused);
		await expect(refund("b", 201)).rejects.toMatchObject(refused);
		await expect(refund("b", 200, "KRW")).rejects.toMatchObject(refused);
		expect((await provider.fetchStatus("1001"))?.kind).toBe("paid");
		await refund("b", 200);
		expect((await provider.fetchStatus("1001"))?.kind).toBe("refunded");
		await expect(refund("c", 1)).rejects.toMatchObject(refused);
		const kinds = book.deliveries.map(({ body }) => JSON.parse(body).type);
		expect(kinds.filter((type) => type === "payment.refunded")).toHaveLength(1);
	});

	it("takes no money after the end, and none for what failed", async () => {
		const { provider } = await start();
		const past = { ...order, expiresAt: new Date(Date.now() - 1) };
		const late = await provider.createCheckout(past);
		await expect(press("pay", late.url)).rejects.toThrow("409");
		expect((await provider.fetchStatus("1001"))?.kind).toBe("closed");
		const failed = await provider.createCheckout({ ...order, intentId: "1002" });
		expect(await press("fail", failed.url)).toBe("failed");
		await expect(press("pay", failed.url)).rejects.toThrow("409");
	});

	it("knows all that it knew after it was killed", async () => {
		const { provider, file } = await start();
		const { url, reference } = await provider.createCheckout(order);
		await press("pay", url, { switches: ["late"], lateSeconds: 3_600 });
		const again = new Book(file);
		expect(again.find(reference)).toMatchObject({ status: "processing", intentId: "1001" });
		expect(again.deliveries).toHaveLength(1);
		expect(again.deliveries[0]?.dueAt).toBeGreaterThan(Date.now() + 3_500_000);
	});

	it("does nothing for whoever does not sign", async () => {
		const { url, provider } = await start();
		const stranger = sandboxProvider({ url, secret: "a secret of somebody else entirely" });
		for (const act of [
			stranger.createCheckout(order),
			stranger.fetchStatus("1001"),
			stranger.refund({ refundId: "1", reference: "cs_1", amount: 1, currency: "USD" })
		]) {
			await expect(act).rejects.toMatchObject({ type: "PROVIDER_UNAVAILABLE" });
		}
		expect(await provider.fetchStatus("1001")).toBeUndefined();
	});

	it("is not impressed by what makes no sense", async () => {
		const { url, provider } = await start();
		const checkout = await provider.createCheckout(order);
		const post = async (path: string, body: string, type = "application/json") => {
			const headers = { "content-type": type };
			return (await fetch(path, { method: "POST", headers, body })).status;
		};
		expect(await post(`${checkout.url}/pay`, '{"switches":["free-money"]}')).toBe(422);
		expect(await post(`${checkout.url}/pay`, '{"switches":"late"}')).toBe(400);
		expect(await post(`${checkout.url}/pay`, "{")).toBe(400);
		expect(await post(`${checkout.url}/pay`, `{"x":"${"x".repeat(20_000)}"}`)).toBe(400);
		expect(await post(`${checkout.url}/steal`, "{}")).toBe(404);
		expect(await post(`${url}/pay/cs_nobody/pay`, "{}")).toBe(404);
		expect(await post(`${url}/api/constructor`, "{}")).toBe(401);
		expect((await fetch(`${url}/pay/__proto__`)).status).toBe(404);
		expect((await provider.fetchStatus("1001"))?.kind).toBe("open");
	});

	it("shows a page that names the sum and every switch, and trusts no text", async () => {
		const { provider, book } = await start();
		const wish = { ...order, description: '<img src=x onerror="alert(1)">' };
		const { reference } = await provider.createCheckout(wish);
		const checkout = book.find(reference);
		if (!checkout) throw new Error("no such checkout");
		const page = payPage(checkout, new Set());
		expect(page).toContain("$5.00");
		expect(page).not.toContain("<img");
		for (const name of Object.keys(switches)) expect(page).toContain(`value="${name}"`);
		expect(pagePolicy(checkout)).toContain("form-action 'self' http://127.0.0.1:3000");
		const failed = payPage({ ...checkout, status: "failed" }, new Set());
		expect(failed).not.toContain("<button");
		expect(failed).toContain('role="status"');
	});
});

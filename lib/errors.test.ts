import { Errors, ServiceBroker, type ServiceSchema } from "moleculer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commonErrors, errors, errorType, isError } from "./errors.ts";

const walletErrors = errors({
	INSUFFICIENT_BALANCE: [402, "Balance is too low."]
});

describe("an error table", () => {
	it("makes errors with the status, the code, the sentence and the data", () => {
		const error = walletErrors.INSUFFICIENT_BALANCE({ need: 5 });
		expect(error).toBeInstanceOf(Errors.MoleculerClientError);
		expect(error).toMatchObject({
			code: 402,
			type: "INSUFFICIENT_BALANCE",
			message: "Balance is too low.",
			data: { need: 5 }
		});
	});

	it("makes a new error each time, without data unless given", () => {
		const [one, two] = [commonErrors.NOT_FOUND(), commonErrors.NOT_FOUND()];
		expect(one).not.toBe(two);
		expect(one.data).toBeUndefined();
	});

	it("keeps the table for the documentation", () => {
		expect(walletErrors.table).toEqual({ INSUFFICIENT_BALANCE: [402, "Balance is too low."] });
	});

	it.each(Object.entries(commonErrors.table))("%s is fit for the wire", (code, [status, text]) => {
		expect(code).toMatch(/^[A-Z][A-Z_]*$/);
		expect(status).toBeGreaterThanOrEqual(400);
		expect(status).toBeLessThan(600);
		expect(text).toMatch(/^[A-Z].*\.$/);
	});
});

describe("telling errors apart", () => {
	it("goes by type, whatever was thrown", () => {
		expect(errorType(commonErrors.BUSY())).toBe("BUSY");
		for (const thrown of [undefined, null, "BUSY", 7, {}, { type: 7 }, new Error("BUSY")]) {
			expect(errorType(thrown)).toBeUndefined();
			expect(isError(thrown, "BUSY")).toBe(false);
		}
	});
});

describe("an error from another node", () => {
	const options = { logger: false, transporter: "Fake", serializer: "CBOR" } as const;
	const namespace = `errors-${process.pid}`;
	const [near, far] = ["near", "far"].map(
		(nodeID) => new ServiceBroker({ ...options, namespace, nodeID })
	) as [ServiceBroker, ServiceBroker];

	beforeAll(async () => {
		far.createService({
			name: "wallets",
			actions: {
				debit: () => {
					throw walletErrors.INSUFFICIENT_BALANCE({ need: 5, have: 2 });
				}
			}
		} as unknown as ServiceSchema);
		await Promise.all([near.start(), far.start()]);
		await near.waitForServices("wallets", 5_000);
	});
	afterAll(() => Promise.all([near.stop(), far.stop()]));

	it("arrives whole", async () => {
		const error = await near.call("wallets.debit").catch((thrown: unknown) => thrown);
		expect(isError(error, "INSUFFICIENT_BALANCE")).toBe(true);
		expect(error).toMatchObject({
			name: "MoleculerClientError",
			code: 402,
			message: "Balance is too low.",
			data: { need: 5, have: 2 }
		});
	});
});

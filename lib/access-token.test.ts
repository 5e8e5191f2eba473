import { createHmac, generateKeyPairSync, type KeyObject } from "node:crypto";
import { type JWTPayload, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { AccessTokenKeys, type PublicJwk, verifyAccessToken } from "./access-token.ts";

const issued = new Date("2026-11-21T09:00:00.000Z");
const later = (seconds: number) => new Date(issued.getTime() + seconds * 1000);
const seconds = (time: Date) => Math.floor(time.getTime() / 1000);

function makeKey(kid: string): { privateKey: KeyObject; jwk: PublicJwk } {
	const { publicKey, privateKey } = generateKeyPairSync("ed25519");
	const { x } = publicKey.export({ format: "jwk" });
	return { privateKey, jwk: { kid, kty: "OKP", crv: "Ed25519", x: x as string } };
}

const ours = makeKey("k1");
const keys = new AccessTokenKeys(async () => [ours.jwk]);
const claims = {
	iss: "live-commerce",
	aud: "api",
	sub: "7",
	sid: "9",
	iat: seconds(issued),
	exp: seconds(later(600))
};

const sign = (payload: JWTPayload, header: object = {}, key: KeyObject = ours.privateKey) =>
	new SignJWT(payload)
		.setProtectedHeader({ alg: "EdDSA", kid: "k1", typ: "at+jwt", ...header })
		.sign(key);

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const verify = (token: string, now = later(1)) => verifyAccessToken(token, keys, now);
const refusedAs = (reason: string) => ({ type: "UNAUTHENTICATED", code: 401, data: { reason } });

describe("verifyAccessToken", () => {
	it("tells who the token speaks for", async () => {
		expect(await verify(await sign(claims))).toEqual({
			userId: "7",
			sessionId: "9",
			expiresAt: later(600).getTime()
		});
	});

	it("tells an expired token apart, so that the client refreshes", async () => {
		const token = await sign(claims);
		await expect(verify(token, later(599))).resolves.toBeDefined();
		await expect(verify(token, later(620))).rejects.toMatchObject(refusedAs("expired"));
	});

	it.each([
		["another issuer", { iss: "someone" }],
		["another audience", { aud: "im" }],
		["no audience", { aud: undefined }],
		["no session", { sid: undefined }],
		["a session that is no id", { sid: "9 or 1=1" }],
		["a subject that is no id", { sub: "__proto__" }],
		["no expiry", { exp: undefined }],
		["a start in the future", { nbf: seconds(later(3600)) }]
	])("refuses %s", async (_what, change) => {
		const token = await sign({ ...claims, ...change } as JWTPayload);
		await expect(verify(token)).rejects.toMatchObject(refusedAs("invalid"));
	});

	it.each([
		["an unknown kid", { kid: "k2" }],
		["no kid", { kid: undefined }],
		["a kid that is a path", { kid: "../../dev/null" }],
		["a kid of the prototype", { kid: "constructor" }],
		["another type", { typ: "JWT" }]
	])("refuses %s", async (_what, header) => {
		await expect(verify(await sign(claims, header))).rejects.toMatchObject(refusedAs("invalid"));
	});

	it("refuses a key of another", async () => {
		const token = await sign(claims, {}, makeKey("k1").privateKey);
		await expect(verify(token)).rejects.toMatchObject(refusedAs("invalid"));
	});

	it("refuses alg none", async () => {
		const head = base64url({ alg: "none", kid: "k1", typ: "at+jwt" });
		await expect(verify(`${head}.${base64url(claims)}.`)).rejects.toMatchObject(
			refusedAs("invalid")
		);
	});

	it("refuses HS256 signed with the public key", async () => {
		const head = base64url({ alg: "HS256", kid: "k1", typ: "at+jwt" });
		const unsigned = `${head}.${base64url(claims)}`;
		for (const secret of [
			ours.jwk.x,
			Buffer.from(ours.jwk.x, "base64url"),
			JSON.stringify(ours.jwk)
		]) {
			const mac = createHmac("sha256", secret).update(unsigned).digest("base64url");
			await expect(verify(`${unsigned}.${mac}`)).rejects.toMatchObject(refusedAs("invalid"));
		}
	});

	it("refuses a token changed anywhere", async () => {
		const token = await sign(claims);
		const [head, , tail] = token.split(".");
		const stolen = `${head}.${base64url({ ...claims, sub: "8" })}.${tail}`;
		const short = token.slice(0, -4);
		for (const changed of [
			stolen,
			short,
			`${token}.x`,
			"",
			"a.b.c",
			"x".repeat(5000),
			`${token} `
		]) {
			await expect(verify(changed)).rejects.toMatchObject(refusedAs("invalid"));
		}
	});
});

describe("AccessTokenKeys", () => {
	it("loads once for callers at once, and for unknown kids at most once a second", async () => {
		let now = 0;
		const load = vi.fn(async () => [ours.jwk]);
		const cache = new AccessTokenKeys(load, () => now);
		const found = await Promise.all(Array.from({ length: 20 }, () => cache.find("k1")));
		expect(found.every((key) => key?.asymmetricKeyType === "ed25519")).toBe(true);
		expect(load).toHaveBeenCalledTimes(1);

		for (let attempt = 0; attempt < 100; attempt++) await cache.find(`forged-${attempt}`);
		expect(load).toHaveBeenCalledTimes(1);

		now = 1_000;
		const next = makeKey("k2");
		load.mockResolvedValueOnce([ours.jwk, next.jwk]);
		expect(await cache.find("k2")).toBeDefined();
		expect(load).toHaveBeenCalledTimes(2);
	});

	it("drops a retired key, yet serves the old list while the auth service is away", async () => {
		let now = 0;
		const load = vi.fn(async (): Promise<PublicJwk[]> => [ours.jwk]);
		const cache = new AccessTokenKeys(load, () => now);
		await cache.find("k1");
		now = 120_000;
		load.mockRejectedValueOnce(new Error("away"));
		expect(await cache.find("k1")).toBeDefined();
		load.mockResolvedValueOnce([]);
		expect(await cache.find("k1")).toBeUndefined();
	});
});

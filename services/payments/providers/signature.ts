/**
 * How the sandbox and the platform know each other: `t=<unix seconds>,v1=<hex>`, where v1 is
 * HMAC-SHA256 over `<t>.<body>`. The time is under the signature, so that a recorded message is
 * worth nothing a few minutes later.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { limits } from "../../../config/limits.ts";

export const signatureHeader = "sandbox-signature";

const macOf = (secret: string, seconds: string, body: string): Buffer =>
	createHmac("sha256", secret).update(`${seconds}.${body}`).digest();

export function sign(secret: string, body: string, now: Date): string {
	const seconds = String(Math.floor(now.getTime() / 1_000));
	return `t=${seconds},v1=${macOf(secret, seconds, body).toString("hex")}`;
}

/** Whether `signature` was made with this secret, for this body, not long before or after `now`. */
export function isSigned(
	secret: string,
	{ body, signature, now }: { body: string; signature: string; now: Date }
): boolean {
	const parts = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature);
	if (!parts) return false;
	const [, seconds = "", mac = ""] = parts;
	// Equal in time for right and wrong ones; both are 32 bytes long by their form.
	const isOurs = timingSafeEqual(macOf(secret, seconds, body), Buffer.from(mac, "hex"));
	const age = Math.abs(now.getTime() / 1_000 - Number(seconds));
	return isOurs && age <= limits.callbackAgeSecondsMax;
}

/** Addresses and signatures of playback, and the shape of a publish key. Pure: no I/O, no clock. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { limits } from "../../config/limits.ts";

const publishKey = /^([1-9][0-9]{0,15})\?[A-Za-z0-9_=&-]{1,240}$/;

/** The room that a publish key names; undefined for what cannot be a key. Proves nothing. */
export function roomOfKey(key: string): string | undefined {
	if (key.length > limits.streamKeyCharactersMax) return undefined;
	return publishKey.exec(key)?.[1];
}

const playPath = /^\/live\/([1-9][0-9]{0,15})\.flv$/;

/** The room that a play path names. */
export const roomOfPath = (path: string): string | undefined => playPath.exec(path)?.[1];

/** `e=…&s=…` for the play address of a room until `expiresAt` (seconds since 1970). */
export const signPlay = (key: Buffer, roomId: string, expiresAt: number): string =>
	`e=${expiresAt}&s=${signature(key, roomId, expiresAt)}`;

const signature = (key: Buffer, roomId: string, expiresAt: number): string =>
	createHmac("sha256", key).update(`${roomId}:${expiresAt}`).digest("hex");

export interface PlayClaim {
	readonly roomId: string;
	readonly query: URLSearchParams;
	/** Seconds since 1970. */
	readonly now: number;
}

/** Whether we signed exactly this room and time, and the time has not come. */
export function mayPlay(key: Buffer, { roomId, query, now }: PlayClaim): boolean {
	const [expires = "", signed = ""] = [query.get("e") ?? "", query.get("s") ?? ""];
	if (!/^[1-9][0-9]{0,12}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signed)) return false;
	const expected = signature(key, roomId, Number(expires));
	return timingSafeEqual(Buffer.from(signed), Buffer.from(expected)) && Number(expires) > now;
}

/**
 * Whether a page of this origin may read streams. Ports differ between pages and media, so pages
 * are ours when they come from the host that the media was asked of, or are named in `allowed`.
 */
export function isOurOrigin(
	origin: string,
	host: string | undefined,
	allowed: ReadonlySet<string>
): boolean {
	if (allowed.has(origin)) return true;
	if (host === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
	const [page, media] = [new URL(origin), new URL(`http://${host}`)];
	if (page.protocol !== "http:" && page.protocol !== "https:") return false;
	return page.hostname === media.hostname || (isLoopback(page) && isLoopback(media));
}

const loopbacks = new Set(["localhost", "127.0.0.1", "[::1]"]);
const isLoopback = ({ hostname }: URL): boolean => loopbacks.has(hostname);

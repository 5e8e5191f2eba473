/** How many sockets may be here, in all, of an address, of a user; and how many begin at once. */
import { limits } from "../../config/limits.ts";
import { commonErrors } from "../../lib/errors.ts";
import { networkOf } from "../../middlewares/rate-limit.ts";
import { imErrors } from "./im-gateway.errors.ts";

export interface Applicant {
	readonly userId: string | undefined;
	readonly deviceId: string;
	readonly address: string;
}

export interface AdmissionBounds {
	readonly socketsMax: number;
	readonly perAddressMax: number;
	readonly devicesPerUserMax: number;
	readonly handshakesMax: number;
}

export const admissionBounds = (limited: boolean): AdmissionBounds => ({
	socketsMax: limits.socketsPerNodeMax,
	perAddressMax: limited ? limits.socketsPerAddressMax : Number.POSITIVE_INFINITY,
	devicesPerUserMax: limits.socketsPerUserMax,
	handshakesMax: limits.handshakesAtOnceMax
});

export class Admission {
	readonly #bounds: AdmissionBounds;
	readonly #addresses = new Map<string, number>();
	/** User → device → sockets; a device counts once, its older sockets are about to go. */
	readonly #users = new Map<string, Map<string, number>>();
	#sockets = 0;
	#handshakes = 0;

	constructor(bounds: AdmissionBounds) {
		this.#bounds = bounds;
	}

	/** A place among those who are being signed in; the result gives it back. Throws BUSY. */
	begin(): () => void {
		if (this.#handshakes >= this.#bounds.handshakesMax) {
			throw commonErrors.BUSY({ retryAfterMs: limits.handshakeRetryMilliseconds });
		}
		this.#handshakes += 1;
		let isOver = false;
		return () => {
			if (!isOver) this.#handshakes -= 1;
			isOver = true;
		};
	}

	/** Counts the socket until the result is called. Throws BUSY or TOO_MANY_SOCKETS. */
	admit(applicant: Applicant): () => void {
		const { userId, deviceId } = applicant;
		const network = networkOf(applicant.address);
		if (this.#sockets >= this.#bounds.socketsMax) {
			throw commonErrors.BUSY({ retryAfterMs: limits.fullNodeRetryMilliseconds });
		}
		const ofAddress = this.#addresses.get(network) ?? 0;
		if (ofAddress >= this.#bounds.perAddressMax) throw imErrors.TOO_MANY_SOCKETS();
		const devices = userId ? this.#users.get(userId) : undefined;
		if (devices && !devices.has(deviceId) && devices.size >= this.#bounds.devicesPerUserMax) {
			throw imErrors.TOO_MANY_SOCKETS();
		}
		this.#sockets += 1;
		this.#addresses.set(network, ofAddress + 1);
		if (userId) this.#countDevice(userId, deviceId, 1);
		let isGone = false;
		return () => {
			if (isGone) return;
			isGone = true;
			this.#sockets -= 1;
			const left = (this.#addresses.get(network) ?? 1) - 1;
			if (left > 0) this.#addresses.set(network, left);
			else this.#addresses.delete(network);
			if (userId) this.#countDevice(userId, deviceId, -1);
		};
	}

	#countDevice(userId: string, deviceId: string, change: 1 | -1): void {
		const devices = this.#users.get(userId) ?? new Map<string, number>();
		const count = (devices.get(deviceId) ?? 0) + change;
		if (count > 0) devices.set(deviceId, count);
		else devices.delete(deviceId);
		if (devices.size > 0) this.#users.set(userId, devices);
		else this.#users.delete(userId);
	}
}

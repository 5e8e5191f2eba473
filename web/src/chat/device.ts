/**
 * The name of this tab as a device. The platform sends a device's messages to its newest socket
 * only, so two tabs must not share one; and a tab that is loaded again should be the same device,
 * or what is on its way to it would wait for nobody. So tabs take numbered places, held by locks.
 */
const storageKey = "device";
const placesMax = 16;

export const randomName = (): string =>
	Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
		byte.toString(16).padStart(2, "0")
	).join("");

interface DeviceParts {
	readonly storage: Pick<Storage, "getItem" | "setItem">;
	/** Undefined where the browser has none: insecure origins. */
	readonly locks: Pick<LockManager, "request"> | undefined;
}

/** Resolves to 8 to 64 letters, digits, dashes. */
export async function takeDevice({ storage, locks }: DeviceParts): Promise<string> {
	const name = storage.getItem(storageKey) ?? randomName();
	storage.setItem(storageKey, name);
	for (let place = 1; locks && place <= placesMax; place += 1) {
		if (await take(locks, `device.${place}`)) return `${name}-${place}`;
	}
	return `${name}-${randomName()}`;
}

/** Holds the lock until the page goes. */
function take(locks: Pick<LockManager, "request">, name: string): Promise<boolean> {
	return new Promise((resolve) => {
		void locks.request(name, { ifAvailable: true }, (lock) => {
			resolve(lock !== null);
			return lock ? new Promise<never>(() => undefined) : undefined;
		});
	});
}

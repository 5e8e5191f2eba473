/** How many connections there are, in all and per address. */
export class Connections {
	readonly #max: number;
	readonly #perAddressMax: number;
	readonly #isExempt: (address: string) => boolean;
	readonly #byAddress = new Map<string, number>();
	#total = 0;

	/** `isExempt`: proxies of ours, behind whose address are many clients. */
	constructor(
		max: number,
		perAddressMax: number,
		isExempt: (address: string) => boolean = () => false
	) {
		this.#max = max;
		this.#perAddressMax = perAddressMax;
		this.#isExempt = isExempt;
	}

	get total(): number {
		return this.#total;
	}

	get isFull(): boolean {
		return this.#total >= this.#max;
	}

	/** Counts one more, and gives what counts it off again; undefined when there are too many. */
	enter(address: string): (() => void) | undefined {
		const count = this.#byAddress.get(address) ?? 0;
		if (this.isFull) return undefined;
		if (count >= this.#perAddressMax && !this.#isExempt(address)) return undefined;
		this.#total += 1;
		this.#byAddress.set(address, count + 1);
		let isLeft = false;
		return () => {
			if (isLeft) return;
			isLeft = true;
			this.#leave(address);
		};
	}

	#leave(address: string): void {
		this.#total -= 1;
		const count = (this.#byAddress.get(address) ?? 1) - 1;
		if (count > 0) this.#byAddress.set(address, count);
		else this.#byAddress.delete(address);
	}
}

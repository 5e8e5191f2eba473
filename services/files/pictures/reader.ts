import { fileErrors } from "../files.errors.ts";

/** Refuses what is not a picture; `reason` is for people who wonder about their file. */
export const refuse = (reason: string): never => {
	throw fileErrors.NOT_A_PICTURE({ reason });
};

/** Walks over bytes of which nothing is certain: whoever reads past the end is refused. */
export class Reader {
	readonly bytes: Buffer;
	at: number;

	constructor(bytes: Buffer, at = 0) {
		this.bytes = bytes;
		this.at = at;
	}

	get left(): number {
		return this.bytes.length - this.at;
	}

	take(count: number): Buffer {
		if (count > this.left) refuse("it ends too early");
		this.at += count;
		return this.bytes.subarray(this.at - count, this.at);
	}

	text(count: number): string {
		return this.take(count).toString("latin1");
	}

	byte(): number {
		return this.take(1).readUInt8();
	}

	big(bytes: 2 | 4): number {
		return this.take(bytes).readUIntBE(0, bytes);
	}

	little(bytes: 2 | 3 | 4): number {
		return this.take(bytes).readUIntLE(0, bytes);
	}

	/** Whatever follows the picture could be another file (an archive, a page) in disguise. */
	end(): void {
		if (this.left > 0) refuse("something follows after its end");
	}
}

/** What a format knows of a picture; `parts` together are what is kept of it. */
export interface Parsed {
	readonly width: number;
	readonly height: number;
	readonly frames: number;
	readonly parts: readonly Buffer[];
}

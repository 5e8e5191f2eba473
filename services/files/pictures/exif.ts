/** Of Exif only which way is up is kept: without it, photos from phones lie on their side. */

const head = "Exif\0\0";
const orientationTag = 0x0112;
const entryBytes = 12;

/** 1 (upright) to 8; 1 for whatever cannot be read. */
export function orientationOf(data: Buffer): number {
	if (data.toString("latin1", 0, head.length) !== head) return 1;
	const tiff = data.subarray(head.length);
	const order = tiff.toString("latin1", 0, 2);
	if (tiff.length < 8 || (order !== "II" && order !== "MM")) return 1;
	const isLittle = order === "II";
	const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
	const first = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
	if (first + 2 > tiff.length) return 1;
	const entries = Math.min(short(first), Math.floor((tiff.length - first - 2) / entryBytes));
	for (let entry = 0; entry < entries; entry += 1) {
		const at = first + 2 + entry * entryBytes;
		if (short(at) !== orientationTag) continue;
		const value = short(at + 8);
		return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}

/** An Exif segment that says nothing else; none when the picture is upright. */
export function orientationSegment(orientation: number): Buffer[] {
	if (orientation === 1) return [];
	const segment = Buffer.alloc(36);
	segment.writeUInt16BE(0xffe1, 0);
	segment.writeUInt16BE(34, 2);
	segment.write(`${head}MM`, 4, "latin1");
	segment.writeUInt16BE(42, 12);
	segment.writeUInt32BE(8, 14);
	segment.writeUInt16BE(1, 18);
	segment.writeUInt16BE(orientationTag, 20);
	// One SHORT, in the first half of the four bytes of its value.
	segment.writeUInt16BE(3, 22);
	segment.writeUInt32BE(1, 24);
	segment.writeUInt16BE(orientation, 28);
	return [segment];
}

/**
 * What a picture is, told by its own bytes: names and types that a client sends say nothing. The
 * file is walked from its first byte to its last without decoding anything, and only what draws
 * the picture is kept: a place where it was taken, or a script in a comment, does not travel on.
 */
import { limits } from "../../../config/limits.ts";
import type { Static } from "../../../lib/schemas.ts";
import type { StoredFile } from "../files.contract.ts";
import { fileErrors } from "../files.errors.ts";
import { parseGif } from "./gif.ts";
import { parseJpeg } from "./jpeg.ts";
import { parsePng } from "./png.ts";
import { type Parsed, refuse } from "./reader.ts";
import { parseWebp } from "./webp.ts";

type PictureType = Static<typeof StoredFile>["type"];

export interface Picture {
	readonly type: PictureType;
	readonly width: number;
	readonly height: number;
	readonly bytes: Buffer;
}

interface Format {
	readonly type: PictureType;
	/** Whether a file that starts so is one. */
	readonly claims: (start: string) => boolean;
	readonly parse: (bytes: Buffer) => Parsed;
}

const formats: readonly Format[] = [
	{ type: "image/jpeg", claims: (start) => start.startsWith("\xff\xd8\xff"), parse: parseJpeg },
	{ type: "image/png", claims: (start) => start.startsWith("\x89PNG\r\n\x1a\n"), parse: parsePng },
	{ type: "image/gif", claims: (start) => /^GIF8[79]a/.test(start), parse: parseGif },
	{ type: "image/webp", claims: (start) => /^RIFF[\s\S]{4}WEBP/.test(start), parse: parseWebp }
];

/** Throws NOT_A_PICTURE or PICTURE_TOO_LARGE. */
export function readPicture(sent: Buffer): Picture {
	const start = sent.toString("latin1", 0, 12);
	const format = formats.find(({ claims }) => claims(start));
	if (!format) return refuse("its type is not known");
	const { width, height, frames, parts } = format.parse(sent);
	checkPixels(width, height, frames);
	return { type: format.type, width, height, bytes: Buffer.concat(parts) };
}

/** A few bytes can claim a size that takes all memory of whoever looks at the picture. */
function checkPixels(width: number, height: number, frames: number): void {
	if (width < 1 || height < 1 || frames < 1) refuse("it is empty");
	if (
		Math.max(width, height) > limits.pictureSidePixelsMax ||
		width * height > limits.picturePixelsMax ||
		frames > limits.pictureFramesMax ||
		width * height * frames > limits.picturePixelsOfAllFramesMax
	) {
		throw fileErrors.PICTURE_TOO_LARGE({ width, height, frames });
	}
}

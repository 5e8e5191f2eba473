import { errors } from "../../lib/errors.ts";

export const fileErrors = errors({
	NOT_A_PICTURE: [422, "This is not a whole JPEG, PNG, WebP or GIF picture."],
	PICTURE_TOO_LARGE: [422, "The picture has too many pixels."],
	FILE_SPACE_USED_UP: [409, "You have no space left for files."],
	FILE_UNREACHABLE: [503, "The file cannot be reached now, try again."],
	STORAGE_FULL: [507, "There is no space left for files."]
});

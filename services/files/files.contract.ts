import { limits } from "../../config/limits.ts";
import { contract } from "../../lib/contract.ts";
import { filePiece, Id, object, oneOf, Type } from "../../lib/schemas.ts";

/** What browsers show everywhere. SVG is not among them: it is a document that can run scripts. */
export const pictureTypes = ["image/jpeg", "image/png", "image/webp", "image/gif"] as const;

const Pixels = Type.Integer({ minimum: 1, maximum: limits.pictureSidePixelsMax });

export const StoredFile = object({
	id: Id,
	/** On the origin of the API, never below `/api`. */
	url: Type.String({ pattern: "^/files/[1-9][0-9]{0,15}$", examples: ["/files/1024"] }),
	type: oneOf(...pictureTypes),
	width: Pixels,
	height: Pixels,
	/** Of what is kept: metadata (place, camera, comments) is taken out. */
	bytes: Type.Integer({ minimum: 1 })
});

const piece = object({ id: Id, offset: Type.Optional(Type.Integer({ minimum: 0 })) });

/**
 * Pictures of users: covers, avatars. They lie on the disk of the node that took them in, and any
 * node hands them out.
 */
export const files = contract("files", {
	actions: {
		upload: {
			summary: "Keeps a picture: JPEG, PNG, WebP or GIF.",
			rest: "POST /files",
			status: 201,
			auth: "user",
			upload: true,
			params: object({}),
			returns: StoredFile,
			rateLimit: { count: limits.uploadsPerHourMax, seconds: 3600, by: "user" },
			bulkhead: { concurrency: 8, maxQueueSize: 64 },
			errors: ["NOT_A_PICTURE", "PICTURE_TOO_LARGE", "FILE_SPACE_USED_UP", "STORAGE_FULL"]
		},
		download: {
			summary: "The picture itself; it never changes.",
			rest: "GET /files/:id",
			auth: "public",
			download: true,
			params: piece,
			returns: filePiece(oneOf(...pictureTypes)),
			read: true,
			errors: ["NOT_FOUND", "FILE_UNREACHABLE"]
		},
		read: {
			summary: "A piece of a picture that lies on the disk of the node that is asked.",
			auth: "internal",
			params: piece,
			returns: object({ bytes: Type.Unsafe<Buffer>({}) }),
			read: true,
			errors: ["NOT_FOUND"]
		}
	}
});

/** What a person at a terminal reads when a command cannot go on: the reason, not a stack. */
import { InvalidEnvironment } from "../config/env.ts";

const hints: Readonly<Record<string, string>> = {
	EADDRINUSE:
		"Another program listens there. Set PORT, RTMP_PORT, MEDIA_PORT or SANDBOX_PORT to a free one.",
	EACCES: "This user may not do that. Look at the rights of DATA_DIR and at ports below 1024.",
	ECONNREFUSED: "Nothing answers there. `npm run doctor` shows which servers can be reached."
};

export function explain(error: unknown): string {
	if (error instanceof InvalidEnvironment) return error.message;
	if (!(error instanceof Error)) return String(error);
	const { code } = error as NodeJS.ErrnoException;
	const hint = code ? hints[code] : undefined;
	return hint ? `${error.message}\n${hint}` : (error.stack ?? error.message);
}

/** What the doctor found out about one thing. */
export interface Finding {
	readonly part: "installed" | "configured" | "reachable";
	readonly name: string;
	/** `note`: works, and somebody should know; `problem`: the platform or a part of it will not. */
	readonly state: "ok" | "note" | "problem";
	readonly detail: string;
	/** What to do about it, as a sentence; all that is not `ok` has one. */
	readonly cure?: string;
}

/** What is wrong, and the sentence how to cure it. */
export interface Trouble {
	readonly state: "note" | "problem";
	readonly detail: string;
	readonly cure: string;
}

/** Findings of one part: `ok` by their detail, all others by their trouble. */
export const findingsOf =
	(part: Finding["part"]) =>
	(name: string, what: string | Trouble): Finding =>
		typeof what === "string" ? { part, name, state: "ok", detail: what } : { part, name, ...what };

/** The report for people: one block per part, one line per finding, its cure below it. */
export function asText(findings: readonly Finding[]): string {
	const width = Math.max(...findings.map(({ name }) => name.length));
	const lines: string[] = [];
	for (const part of ["installed", "configured", "reachable"] as const) {
		const own = findings.filter((finding) => finding.part === part);
		if (own.length === 0) continue;
		lines.push(part);
		for (const { state, name, detail, cure } of own) {
			lines.push(`  ${state.padEnd(7)}  ${name.padEnd(width)}  ${detail}`);
			if (cure) lines.push(`  ${" ".repeat(7 + 2 + width)}  → ${cure}`);
		}
	}
	const problems = findings.filter(({ state }) => state === "problem").length;
	lines.push(problems === 0 ? "All is well." : `Problems: ${problems}.`);
	return lines.join("\n");
}

export const healthy = (findings: readonly Finding[]): boolean =>
	findings.every(({ state }) => state !== "problem");

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
	const message = error instanceof Error ? error.message || error.name : String(error);
	// Some drivers say only "AggregateError" and keep the reason in a code.
	const code = error instanceof Error && "code" in error ? ` (${error.code})` : "";
	return `${message.replaceAll(/\s+/g, " ")}${message.includes(code.slice(2, -1)) ? "" : code}`;
}

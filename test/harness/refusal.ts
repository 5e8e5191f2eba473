/** What every refusal must look like, whoever refused (G17). */
import { expect } from "vitest";

/** Words that only the inside of the platform knows. */
const inside = new RegExp(
	[
		...["node_modules", "\\.ts:\\d", "at \\w+ \\(", "-----BEGIN", "ECONN", "nodeID"],
		...["SELECT ", "INSERT ", "UPDATE ", "sqlite", "mysql", "mariadb", "sequelize", "moleculer"]
	].join("|"),
	"i"
);

export async function expectRefusal(
	answer: Response,
	statuses: readonly number[],
	what: string
): Promise<void> {
	const text = await answer.text();
	expect(statuses, `${what}: ${answer.status} ${text.slice(0, 300)}`).toContain(answer.status);
	const body = JSON.parse(text) as { error: Record<string, unknown> };
	expect(Object.keys(body), what).toEqual(["error"]);
	expect(body.error, what).toMatchObject({
		code: expect.stringMatching(/^[A-Z][A-Z_]+$/),
		message: expect.stringMatching(/\.$/),
		requestId: expect.stringMatching(/^[A-Za-z0-9._-]{8,64}$/)
	});
	expect(text, what).not.toMatch(inside);
	expect(text.length, what).toBeLessThan(1_000);
}

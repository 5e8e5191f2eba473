import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { openSql } from "../mixins/sql/index.ts";
import { migrate } from "../mixins/sql/migrations.ts";
import { findPhone, insertPhone } from "../services/users/users.model.ts";
import { PhoneVault } from "../services/users/users.phones.ts";
import { testEnv } from "../test/harness/backends.ts";

const script = join(import.meta.dirname, "rotate-phone-keys.ts");
const oldKey = `old:${"01".repeat(32)}`;
const newKey = `new:${"02".repeat(32)}`;

it("rotate-phone-keys brings all phones under the first key", { timeout: 60_000 }, async () => {
	const dataDir = mkdtempSync(join(tmpdir(), "live-commerce-rotation-"));
	onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
	const env = testEnv(dataDir, { PHONE_KEYS: oldKey });
	await migrate(env, { services: ["users"] });
	const before = new PhoneVault(env.secrets);
	const db = openSql(env);
	for (const userId of ["1", "2", "3"]) {
		const phone = `+861380000000${userId}`;
		const row = { userId, index: before.index(phone), ...before.seal(phone, userId) };
		await insertPhone(db, row);
	}
	await db.close();

	const run = (phoneKeys: string) =>
		promisify(execFile)(process.execPath, [script], {
			env: { NODE_ENV: "test", DATA_DIR: dataDir, PHONE_KEYS: phoneKeys }
		});
	await expect(run(newKey)).rejects.toMatchObject({
		stderr: expect.stringContaining('PHONE_KEYS has no key "old"')
	});
	expect((await run(`${newKey},${oldKey}`)).stdout).toContain("Done: 3 changed");
	expect((await run(newKey)).stdout).toContain("Done: 0 changed");

	const after = openSql(env);
	onTestFinished(() => after.close());
	const phone = await findPhone(after, "2");
	const vault = new PhoneVault({ ...env.secrets, phoneKeys: newKey });
	expect(phone && vault.open(phone, "2")).toBe("+8613800000002");
});

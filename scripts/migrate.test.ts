import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqlBackends } from "../test/harness/backends.ts";

function run(dataDir: string, ...args: string[]) {
	const script = join(import.meta.dirname, "migrate.ts");
	const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
		env: { DATA_DIR: dataDir },
		encoding: "utf8"
	});
	return { status, lines: stdout.trim().split("\n"), stderr };
}

test("the tables come up once; --status only looks; a typo changes nothing", async () => {
	const opened = await sqlBackends[0]?.open();
	const dataDir = opened?.env.dataDir ?? "";
	expect(run(dataDir, "--statsu")).toMatchObject({ status: 1 });
	const before = run(dataDir, "--status").lines;
	expect(before).toContain("pending  ids/0001-segments");
	expect(run(dataDir)).toMatchObject({ status: 0, stderr: "" });
	expect(run(dataDir).lines).toEqual(["Tables are up to date."]);
	const after = run(dataDir, "--status").lines;
	expect(after).toEqual(before.map((line) => line.replace("pending  ", "done     ")));
	await opened?.close();
});

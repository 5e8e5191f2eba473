import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { afterAll, describe, expect, test } from "vitest";
import { storeBackends } from "../test/harness/backends.ts";
import { defineScripts, type Script } from "./redis-scripts.ts";

interface Scripts {
	addTo: Script<[counter: string], [amount: number], number>;
}

const folders: string[] = [];
afterAll(() => {
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderOf(files: Record<string, string>): URL {
	const folder = mkdtempSync(join(tmpdir(), "live-commerce-lua-"));
	folders.push(folder);
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	return pathToFileURL(`${folder}/`);
}

const add = 'return redis.call("incrby", KEYS[1], ARGV[1])';

test.each(["add.lua", "Add-to-1.lua", "add-to-1.txt", "add_to-1.lua"])(
	"%s does not say what it does",
	(name) => {
		const client = new Redis({ lazyConnect: true });
		expect(() => defineScripts(client, folderOf({ [name]: add }))).toThrow(name);
	}
);

const redis = storeBackends.find((backend) => backend.name === "redis");

describe.skipIf(!redis?.available)("on redis", () => {
	test("scripts are typed commands, also after the server has lost them", async () => {
		const opened = await redis?.open();
		const client = new Redis(opened?.env.redisUrl ?? "");
		const scripts = defineScripts<Scripts>(client, folderOf({ "add-to-1.lua": add }));
		expect(await scripts.addTo(["count"], [2])).toBe(2);
		await client.script("FLUSH");
		expect(await scripts.addTo(["count"], [3])).toBe(5);
		client.disconnect();
		await opened?.close();
	});

	test("equal names of two folders keep their own scripts, and keys are counted", async () => {
		const opened = await redis?.open();
		const client = new Redis(opened?.env.redisUrl ?? "");
		const first = defineScripts<Scripts>(client, folderOf({ "add-to-1.lua": add }));
		const second = defineScripts<Scripts>(client, folderOf({ "add-to-1.lua": "return -1" }));
		expect(await second.addTo(["count"], [2])).toBe(-1);
		expect(await first.addTo(["count"], [2])).toBe(2);
		const noKeys = [] as unknown as [counter: string];
		await expect(first.addTo(noKeys, [2])).rejects.toThrow("takes 1 keys");
		client.disconnect();
		await opened?.close();
	});
});

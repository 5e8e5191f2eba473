import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { testEnv } from "../../test/harness/backends.ts";
import { startProcess } from "../../test/harness/platforms.ts";
import { until } from "../../test/harness/until.ts";
import { freePort } from "../servers/ports.ts";
import { sandboxVariables, withSandbox } from "./child.ts";

const script = fileURLToPath(new URL("child.fixture.ts", import.meta.url));

describe("the sandbox as a child", () => {
	const closing: (() => unknown)[] = [];
	afterEach(async () => {
		for (const close of closing.splice(0).reverse()) await close();
	});
	const folder = () => {
		const made = mkdtempSync(join(tmpdir(), "live-commerce-child-"));
		closing.push(() => rmSync(made, { recursive: true, force: true, maxRetries: 5 }));
		return made;
	};
	const isUp = async (url: string) => {
		try {
			return (await fetch(`${url}/health`)).ok;
		} catch {
			return false;
		}
	};

	it("comes with its parent, and goes with it when that is killed", async () => {
		const port = String(await freePort());
		const url = `http://127.0.0.1:${port}`;
		const parent = startProcess({
			...{ name: "parent", root: "/", script, folder: folder() },
			variables: { NODE_ENV: "test", SANDBOX_PORT: port, PORT: "0" }
		});
		closing.push(() => parent.stop());
		await until(() => parent.log().includes(url));
		expect(await isUp(url)).toBe(true);
		parent.signal("SIGKILL");
		await parent.gone;
		await until(async () => !(await isUp(url)));
	});

	it("is done without where its port is taken", async () => {
		const server = createServer();
		const port = await freePort();
		await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
		closing.push(() => server.close());
		const env = await withSandbox(testEnv(folder(), { SANDBOX_PORT: String(port) }));
		expect(env.sandbox.on).toBe(false);
		expect(sandboxVariables(env)).toEqual({ SANDBOX_PAYMENTS: "off" });
	});

	it("is not started where another is named, where it is off, and in production", async () => {
		const named = testEnv(folder(), { SANDBOX_URL: "http://127.0.0.1:1" });
		expect(await withSandbox(named)).toBe(named);
		expect(sandboxVariables(named)).toEqual({ SANDBOX_URL: "http://127.0.0.1:1" });
		const off = testEnv(folder(), { SANDBOX_PAYMENTS: "off" });
		expect(await withSandbox(off)).toBe(off);
		const production = { ...testEnv(folder()), production: true };
		expect(await withSandbox(production)).toBe(production);
	});

	it("refuses to run by itself in production unless asked for", async () => {
		const secrets = {
			MASTER_SECRET: "m".repeat(40),
			PHONE_INDEX_KEY: "ab".repeat(32),
			PHONE_KEYS: `k1:${"cd".repeat(32)}`
		};
		const node = startProcess({
			...{ name: "sandbox", script: "scripts/sandbox.ts", folder: folder() },
			variables: { NODE_ENV: "production", SANDBOX_PORT: "0", ...secrets }
		});
		closing.push(() => node.stop());
		await node.gone;
		expect(await node.stop()).toBe(1);
		expect(node.log()).toContain("SANDBOX_PAYMENTS=on");
	});
});

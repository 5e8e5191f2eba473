/**
 * Runs before every npm script: brings what is missing and says so in one line; silent and fast
 * when nothing is. Plain JavaScript for any Node ≥ 20 and without dependencies, because it runs
 * before there are any.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const nodeMajorMin = 24;

/** Scripts that serve; in production they need no development dependencies. */
const serving = ["start", "cluster", "node", "repl", "migrate", "seed", "doctor", "setup:servers"];

/** Scripts whose suites want real servers. */
const testing = ["test", "test:chaos"];

/** Scripts that show the web pages to somebody, or look whether they are there. */
const showing = [
	...["start", "dev", "cluster", "node", "test", "test:chaos"],
	...["bench", "bench:media-delay"]
];

/** What the pages are built from, besides the packages. */
const webSources = ["web", "docs/openapi.json", "package-lock.json"];
const notSources = new Set(["dist", "node_modules"]);

/**
 * Why `npm ci` has to run, or undefined when it has not. See prepare.d.mts for the facts.
 */
export function reasonToInstall({ lockHash, marker, lock, installed, dev, platform }) {
	if (!installed) return "there is no node_modules";
	if (marker?.lock === lockHash && (marker.dev || !dev)) return undefined;
	const ownNode = `node_modules/node-${platform}`;
	// Somebody may have run npm by hand: look at what lies there instead of installing again.
	for (const [path, wanted] of Object.entries(lock.packages)) {
		if (path === "" || wanted.link || wanted.devOptional) continue;
		// Optional packages may be for another platform; Node for this one has to be there.
		if (wanted.optional && path !== ownNode) continue;
		if (wanted.dev && !dev) continue;
		const have = installed.packages[path];
		if (!have) return `${path} is missing`;
		if (have.version !== wanted.version) return `${path} is not ${wanted.version}`;
	}
	return undefined;
}

/** Whether this script needs the development dependencies. */
export const needsDevelopment = (script, production) => !(production && serving.includes(script));

/** Whether this script needs the web pages. */
export const needsPages = (script) => showing.includes(script);

/**
 * Why the pages have to be built, or undefined when they need not be: `built` is the hash of the
 * sources that they were built from, where they are there.
 */
export function reasonToBuild({ hasPages, built, sources }) {
	if (!hasPages) return "its output is missing";
	return built === sources ? undefined : "its sources have changed";
}

/** The file itself, or all files in the folder, in order; tests are no sources. */
function filesOf(path) {
	if (!existsSync(path)) return [];
	if (!statSync(path).isDirectory()) return /\.test\.tsx?$/.test(path) ? [] : [path];
	const names = readdirSync(path).filter((name) => !notSources.has(name));
	return names.sort().flatMap((name) => filesOf(join(path, name)));
}

/** One hash over names and contents of files, and of all files in folders, below `base`. */
export function hashOf(base, paths) {
	const hash = createHash("sha256");
	for (const file of paths.flatMap((path) => filesOf(join(base, path)))) {
		const content = createHash("sha256").update(readFileSync(file)).digest("hex");
		hash.update(`${relative(base, file)}\0${content}\n`);
	}
	return hash.digest("hex");
}

/** The script that npm is about to run: `prestart` comes before `start`. */
export const scriptOf = (event) => (event ?? "").replace(/^pre/, "");

function readJson(path) {
	try {
		return JSON.parse(readFileSync(path, "utf8"));
	} catch {
		return undefined;
	}
}

function fail(message) {
	console.error(message);
	process.exit(1);
}

function run(command, args) {
	// What a script prints is its own: our words, and those of npm, go to the error output.
	const stdio = ["inherit", process.stderr, "inherit"];
	const { status, error } = spawnSync(command, args, { cwd: root, stdio });
	if (error) fail(`${command}: ${error.message}`);
	if (status !== 0) fail(`"${[command, ...args].join(" ")}" failed (${status}).`);
}

function npm(args) {
	const { npm_execpath: cli, npm_node_execpath: node } = process.env;
	// npm's own node: the one in node_modules goes while `npm ci` runs.
	if (cli?.endsWith("js")) run(node && existsSync(node) ? node : process.execPath, [cli, ...args]);
	else run("npm", args);
}

function install(dev) {
	const lockText = readFileSync(join(root, "package-lock.json"));
	const lockHash = createHash("sha256").update(lockText).digest("hex");
	const markerFile = join(root, "node_modules/.prepared");
	const marker = readJson(markerFile);
	const reason = reasonToInstall({
		lockHash,
		marker,
		lock: JSON.parse(lockText.toString()),
		installed: readJson(join(root, "node_modules/.package-lock.json")),
		dev,
		platform: `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
	});
	const known = marker?.lock === lockHash && (marker.dev || !dev);
	if (known && !reason) return;
	if (reason) {
		console.error(`Installing dependencies: ${reason}.`);
		// Node itself is an optional dependency, and no install script of ours matters.
		const groups = ["--include=optional", dev ? "--include=dev" : "--omit=dev"];
		npm(["ci", "--ignore-scripts", "--loglevel=error", ...groups]);
	}
	writeFileSync(markerFile, `${JSON.stringify({ lock: lockHash, dev })}\n`);
}

/** Which Node the script will get: npm puts node_modules/.bin before everything else. */
function checkNode() {
	if (Number.parseInt(process.versions.node, 10) >= nodeMajorMin) return;
	const own = join(root, "node_modules/.bin/node");
	if (existsSync(own)) {
		const { stdout, status } = spawnSync(own, ["--version"], { encoding: "utf8" });
		if (status === 0 && Number.parseInt(stdout.slice(1), 10) >= nodeMajorMin) return;
	}
	fail(
		`This project runs on Node ${nodeMajorMin} or newer. This is ${process.version}, and npm has ` +
			`none that runs on ${process.platform}-${process.arch}: install it from https://nodejs.org`
	);
}

/** Vite is a dependency of web/, not a development one: production builds its pages too. */
function buildPages() {
	const mark = join(root, "web/dist/.built");
	const sources = hashOf(root, webSources);
	const reason = reasonToBuild({
		hasPages: existsSync(join(root, "web/dist/index.html")),
		built: existsSync(mark) ? readFileSync(mark, "utf8") : undefined,
		sources
	});
	if (!reason) return;
	console.error(`Building web/: ${reason}.`);
	npm(["run", "build", "--workspace", "web", "--silent", "--", "--logLevel", "warn"]);
	writeFileSync(mark, sources);
}

function main() {
	const script = scriptOf(process.env.npm_lifecycle_event);
	const production = process.env.NODE_ENV === "production";
	install(needsDevelopment(script, production));
	checkNode();
	if (needsPages(script) && existsSync(join(root, "web/package.json"))) buildPages();
	if (process.env.CI === "true" && testing.includes(script)) {
		run("node", ["scripts/setup-servers.ts"]);
	}
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();

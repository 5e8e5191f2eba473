/**
 * Viewers of one stream of 1 Mbit/s that a core of the server could feed: HTTP-FLV of ours beside
 * RTMP of nginx with its RTMP module (its Debian build has no HTTP-FLV). Reckoned from the CPU time
 * of the server process; needs ffmpeg and nginx, and Linux.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../scripts/servers/ports.ts";
import { bench, type Side, say } from "./harness.ts";
import { flvViewer, openViewers, rtmpViewer } from "./media/viewers.ts";

const viewerCount = 200;
const module = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
const folder = mkdtempSync(join(tmpdir(), "live-commerce-bench-"));
const children: ChildProcess[] = [];

function run(command: string, ...args: string[]): ChildProcess {
	const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
	children.push(child);
	return child;
}

/** Ten seconds of a moving picture that a pusher repeats. */
function makeClip(): string {
	const file = join(folder, "clip.flv");
	const picture = "testsrc2=size=640x360:rate=25:duration=10";
	execFileSync("ffmpeg", [
		...["-v", "error", "-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "veryfast"],
		...["-b:v", "1M", "-minrate", "1M", "-maxrate", "1M", "-bufsize", "500k", "-g", "50"],
		...["-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", file]
	]);
	return file;
}

const push = (clip: string, url: string): ChildProcess =>
	run(
		"ffmpeg",
		...["-v", "error", "-re", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "flv", url]
	);

/** Seconds of CPU that a process has used; the kernel counts hundredths. */
function cpuSeconds(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Viewers that a whole core could feed, reckoned from what these cost. */
const viewersPerCore =
	(pid: number, open: Parameters<typeof openViewers>[1]): Side =>
	async (milliseconds) => {
		const viewers = await openViewers(viewerCount, open);
		try {
			// The pictures since the last key frame come at once; only what follows is steady.
			await sleep(1_000);
			const [bytes, cpu, started] = [viewers.bytes(), cpuSeconds(pid), performance.now()];
			await sleep(Math.max(4_000, milliseconds));
			const seconds = (performance.now() - started) / 1_000;
			const megabits = ((viewers.bytes() - bytes) * 8) / 1_000_000;
			const rate = megabits / viewerCount / seconds;
			if (rate < 0.5) throw new Error(`Viewers got ${rate.toFixed(2)} Mbit/s each.`);
			// Where the machine is busy the pusher falls behind: what counts is what was delivered.
			return megabits / Math.max(0.01, cpuSeconds(pid) - cpu);
		} finally {
			viewers.close();
		}
	};

async function startOurs(clip: string): Promise<Side> {
	const server = run(process.execPath, join(import.meta.dirname, "media/server.ts"), folder);
	const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
	const told = lines[Symbol.asyncIterator]();
	const port = (await told.next()).value as string;
	push(clip, `rtmp://127.0.0.1:${port}/live/7?k=1&e=1&s=1`);
	const url = (await told.next()).value as string;
	return viewersPerCore(server.pid ?? 0, flvViewer(url));
}

async function startNginx(clip: string): Promise<Side> {
	const port = await freePort();
	const file = join(folder, "nginx.conf");
	const application = "application live { live on; wait_key on; }";
	writeFileSync(
		file,
		`load_module ${module}; daemon off; master_process off; pid ${folder}/nginx.pid;
error_log stderr crit; events { worker_connections 1024; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; chunk_size 4096; ${application} } }\n`
	);
	const server = run("nginx", "-p", folder, "-e", "stderr", "-c", file);
	await sleep(500);
	push(clip, `rtmp://127.0.0.1:${port}/live/7`);
	await sleep(2_000);
	return viewersPerCore(server.pid ?? 0, rtmpViewer(port, "7"));
}

try {
	if (existsSync(module)) {
		const clip = makeClip();
		const [ours, peer] = [await startOurs(clip), await startNginx(clip)];
		await bench("media", async (compare) => {
			await compare({
				what: `a stream of 1 Mbit/s, ${viewerCount} viewers`,
				unit: "viewers/core",
				ours,
				peer,
				peerName: "nginx-rtmp, viewers by RTMP"
			});
		});
	} else say("media: skipped, nginx with its RTMP module is not installed.");
} finally {
	for (const child of children) child.kill("SIGKILL");
	rmSync(folder, { recursive: true, force: true });
}

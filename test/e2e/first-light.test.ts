/**
 * First light: a host's encoder (ffmpeg) pushes with the key it was given, and viewers' browsers
 * (Chromium) show the picture, or say why there is none. On a platform that may be broken.
 */
import { describe, expect, it } from "vitest";
import { developmentSecrets } from "../../config/env.schema.ts";
import { limits } from "../../config/limits.ts";
import { StreamKeys } from "../../services/rooms/rooms.keys.ts";
import { en } from "../../web/src/i18n/en.ts";
import type { Encoder, PublishAddress } from "../harness/encoder.ts";
import { untilHealthy } from "../harness/platforms.ts";
import { tools } from "../harness/tools.ts";
import { until } from "../harness/until.ts";
import { openShow, type Show, setGrace, untilLetIn } from "./show.ts";
import { type Shape, shapes } from "./stage.ts";
import { type Theatre, theatreOf } from "./theatre.ts";

/** Long beside what a test waits for on purpose: silence, sweeps, a node that starts. */
const patienceMs = 150_000;
const shortGraceSeconds = 2;
const longGraceSeconds = 600;
const smallPicture = { width: 320, height: 180, preset: "ultrafast" } as const;

for (const shape of shapes) {
	const available = shape.available && tools.ffmpeg && tools.chromium;
	const options = { timeout: patienceMs };
	describe.skipIf(!available)(`first light on ${shape.name}`, options, () => firstLight(shape));
}

function firstLight(shape: Shape): void {
	const theatre = theatreOf(shape, patienceMs);
	it("a key that is not good yields no frame, in a silent room and in a live one", () =>
		refusesBadKeys(theatre));
	it("a new key cuts the encoder on the old one, and the room goes on with the new", () =>
		rotatesKeys(theatre));
	it("a killed encoder pauses the room, its return resumes it, its absence ends it", () =>
		pausesResumesEnds(theatre));
	it("an encoder that hangs pauses the room, though its connection stays", () =>
		pausesHanging(theatre));
	it("viewers hear of a killed media node, and the host's return heals it", () =>
		survivesMediaNode(theatre));
}

async function refusesBadKeys({ edge, push, open }: Theatre): Promise<void> {
	const show = await openShow(edge, "Keys");
	const other = await openShow(edge, "Other room");
	const [first, foreign] = [await show.newKey(), await other.newKey()];
	const good = await show.newKey();
	const bad = badKeys(show, { good, rotated: first, foreign });
	for (const [why, address] of bad) {
		await untilRefused(push(address, smallPicture), why);
		expect(await show.state(), why).toMatchObject({ onAir: false });
		expect(await show.sources(), why).toEqual([]);
		expect(await show.generation(), why).toBe(0);
	}
	push(good);
	await show.until({ onAir: true });
	const viewer = await open(show);
	await viewer.untilPlays();
	const generation = await show.generation();
	for (const [why, address] of bad) {
		await untilRefused(push(address, smallPicture), why);
		expect(await show.generation(), why).toBe(generation);
		// The other picture would have another size, and a decoder fed with both shows no clock.
		expect(await viewer.untilPlays(1), why).toMatchObject({ width: 640, height: 360 });
	}
	expect(viewer.problems).toEqual([]);
	expect(await other.sources()).toEqual([]);
}

async function rotatesKeys({ edge, push }: Theatre): Promise<void> {
	const show = await openShow(edge, "Rotation");
	const old = push(await show.newKey());
	await show.until({ onAir: true });
	const address = await show.newKey();
	await old.gone;
	await show.until({ status: "paused", onAir: false });
	push(address);
	await show.until({ status: "live", onAir: true });
}

async function pausesResumesEnds({ edge, push, open, keep }: Theatre): Promise<void> {
	await setGrace(edge, longGraceSeconds);
	const show = await openShow(edge, "Comes and goes");
	const address = await show.newKey();
	const first = push(address);
	await show.until({ onAir: true });
	const viewer = await open(show);
	await viewer.untilPlays();
	await first.kill();
	await viewer.untilSays(en.room.pausedTitle);
	expect(await show.state()).toMatchObject({ status: "paused", onAir: false });
	await keep(viewer, "paused");
	const second = push(address);
	await viewer.untilPlays();
	expect(await show.state()).toMatchObject({ status: "live", onAir: true });
	await setGrace(edge, shortGraceSeconds);
	await second.kill();
	await viewer.untilSays(en.room.endedTitle, patienceMs / 2);
	expect(await show.state()).toMatchObject({ status: "ended", onAir: false });
	expect(await show.sources()).toEqual([]);
	await keep(viewer, "ended");
}

async function pausesHanging({ edge, push }: Theatre): Promise<void> {
	await setGrace(edge, longGraceSeconds);
	const show = await openShow(edge, "Hangs");
	const address = await show.newKey();
	const hanging = push(address);
	await show.until({ onAir: true });
	hanging.pause();
	await show.until({ status: "paused", onAir: false }, patienceMs / 2);
	push(address);
	await show.until({ status: "live", onAir: true });
}

async function survivesMediaNode({ platform, edge, push, open, keep }: Theatre): Promise<void> {
	await setGrace(edge, longGraceSeconds);
	const show = await openShow(edge, "A node dies");
	const address = await show.newKey();
	const names = [...platform.ingests.keys()];
	const [victim = "", spare = victim] = names.reverse();
	// As a load balancer in front of both would have it.
	const at = (name: string) => ({ ...address, url: platform.ingests.get(name) ?? "" });
	const encoder = push(at(victim));
	await show.until({ onAir: true });
	const viewer = await open(show);
	await viewer.untilPlays();
	platform.nodes.get(victim)?.signal("SIGKILL");
	await encoder.gone;
	const told = spare === victim ? en.room.offline : en.room.pausedTitle;
	await viewer.untilSays(told, patienceMs / 2);
	await keep(viewer, "media-node-killed");
	platform.restart(victim);
	await untilHealthy(edge, platform.nodes);
	await untilLetIn(() => push(at(spare)), show.state);
	await viewer.untilPlays(2, patienceMs / 2);
	expect(await show.state()).toMatchObject({ status: "live", onAir: true });
	await keep(viewer, "media-node-healed");
}

/** An encoder that was not let in ends by itself. */
async function untilRefused(encoder: Encoder, why: string): Promise<void> {
	await until(() => {
		if (encoder.running) throw new Error(`The encoder streams, and its key is ${why}.`);
		return true;
	}, patienceMs / 5);
}

interface Keys {
	readonly good: PublishAddress;
	/** Was good until the good one was asked for. */
	readonly rotated: PublishAddress;
	/** Good for another room. */
	readonly foreign: PublishAddress;
}

/** Every way in which a key may be bad, with the address to push to. */
function badKeys(show: Show, { good, rotated, foreign }: Keys): [why: string, PublishAddress][] {
	const { key, url } = good;
	const { roomId } = show;
	const longAgo = new Date(Date.now() - 1_000 * (limits.streamKeySecondsMax + 60));
	const expired = new StreamKeys(developmentSecrets.MASTER_SECRET).issue(roomId, longAgo);
	const keys: Record<string, string> = {
		wrong: key.slice(0, -1) + (key.endsWith("0") ? "1" : "0"),
		expired: expired.text,
		rotated: rotated.key,
		missing: roomId,
		"of another room": `${roomId}${foreign.key.slice(foreign.key.indexOf("?"))}`
	};
	return Object.entries(keys).map(([why, text]) => [why, { url, key: text }]);
}

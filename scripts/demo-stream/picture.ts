/** What ffmpeg is told: a moving test picture with a wall clock, and a tone, as a live stream. */
import { clockFilter, clockPlace } from "./clock.ts";

export interface Picture {
	/** Pixels, even. */
	readonly width: number;
	readonly height: number;
	/** Of libx264: what is faster looks worse. */
	readonly preset: "ultrafast" | "veryfast";
}

export const demoPicture: Picture = { width: 1280, height: 720, preset: "veryfast" };

const framesPerSecond = 25;
const hangMicroseconds = 10_000_000;
const keyframeFrames = 2 * framesPerSecond;

/** The picture as an input of ffmpeg (`-f lavfi -i`). */
export function pictureSource({ width, height }: Picture): string {
	const zoneSeconds = -60 * new Date().getTimezoneOffset();
	const clock = clockFilter(clockPlace(width, height), zoneSeconds);
	const test = `testsrc2=size=${width}x${height}:rate=${framesPerSecond}`;
	return `${test},${clock},format=yuv420p`;
}

/** The command line that pushes `picture` to `target`, H.264 and AAC, about 1 Mbit/s together. */
export function encoderArguments(picture: Picture, target: string): string[] {
	return [
		...["-hide_banner", "-nostats", "-nostdin", "-loglevel", "warning"],
		...["-re", "-f", "lavfi", "-i", pictureSource(picture)],
		// Beeps once a second, so that sound and picture can be compared.
		...["-re", "-f", "lavfi", "-i", "sine=frequency=330:beep_factor=3:sample_rate=44100"],
		...["-c:v", "libx264", "-preset", picture.preset, "-tune", "zerolatency", "-profile:v", "main"],
		...["-g", String(keyframeFrames), "-keyint_min", String(keyframeFrames)],
		...["-sc_threshold", "0", "-b:v", "900k", "-maxrate", "950k", "-bufsize", "950k"],
		...["-filter:a", "volume=0.3", "-c:a", "aac", "-b:a", "96k", "-ac", "2"],
		// A server that hangs is left after a while, instead of being waited for.
		...["-rw_timeout", String(hangMicroseconds), "-f", "flv"],
		// It cannot go back in a stream to write how long it was.
		...["-flvflags", "no_duration_filesize", target]
	];
}

/** Where RTMP encoders push, of the two parts that a host is given. */
export const publishTarget = (address: { readonly url: string; readonly key: string }): string =>
	`${address.url}/${address.key}`;

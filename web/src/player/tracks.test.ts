import { expect, test } from "vitest";
import { lackingTracks } from "./tracks.ts";

test("a stream without sound or without picture is told by its metadata", () => {
	expect(lackingTracks({ videocodecid: 7 })).toEqual({ hasAudio: false, hasVideo: true });
	expect(lackingTracks({ audiocodecid: 10 })).toEqual({ hasAudio: true, hasVideo: false });
});

test("nothing is concluded from both, or from silence", () => {
	expect(lackingTracks({ audiocodecid: 10, videocodecid: 7 })).toBeUndefined();
	expect(lackingTracks({})).toBeUndefined();
	expect(lackingTracks(null)).toBeUndefined();
});

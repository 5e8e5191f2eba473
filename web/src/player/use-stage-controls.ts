import { type RefObject, useEffect, useState } from "react";

/** Sound starts off, because browsers start no video with sound by itself. */
export function useSound(video: RefObject<HTMLVideoElement | null>) {
	const [muted, setMuted] = useState(true);
	useEffect(() => {
		if (video.current) video.current.muted = muted;
	}, [video, muted]);
	return { muted, toggle: () => setMuted((before) => !before) };
}

/** Full screen of the whole stage, so that our own controls come along; and the small window. */
export function useStageControls(
	stage: RefObject<HTMLDivElement | null>,
	video: RefObject<HTMLVideoElement | null>
) {
	const [isFull, setFull] = useState(false);
	useEffect(() => {
		const look = () => setFull(document.fullscreenElement !== null);
		document.addEventListener("fullscreenchange", look);
		return () => document.removeEventListener("fullscreenchange", look);
	}, []);
	return {
		isFull,
		canFloat: document.pictureInPictureEnabled ?? false,
		toggleFull: () => {
			if (document.fullscreenElement) return void document.exitFullscreen();
			const element = video.current as FullScreenVideo | null;
			// iPhones know full screen for the video alone.
			if (stage.current?.requestFullscreen) void stage.current.requestFullscreen();
			else element?.webkitEnterFullscreen?.();
		},
		// Refused before the first picture: then there is nothing to show in a window either.
		float: () => void video.current?.requestPictureInPicture().catch(() => undefined)
	};
}

interface FullScreenVideo extends HTMLVideoElement {
	webkitEnterFullscreen?(): void;
}

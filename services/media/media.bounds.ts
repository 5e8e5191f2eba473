/** The limits that a media node works with, in one object so that tests can lower them. */
import { limits } from "../../config/limits.ts";

export interface MediaBounds {
	readonly publishersMax: number;
	readonly publishersPerAddressMax: number;
	readonly handshakeMilliseconds: number;
	readonly authorizeMilliseconds: number;
	readonly silenceMilliseconds: number;
	readonly takeoverMilliseconds: number;
	readonly bitsPerSecondMax: number;
	readonly bitrateWindowMilliseconds: number;
	readonly viewersMax: number;
	readonly viewersPerAddressMax: number;
	readonly requestMilliseconds: number;
	readonly unsentBytesMax: number;
	readonly stallMilliseconds: number;
	readonly tickMilliseconds: number;
	readonly healthMilliseconds: number;
}

export const mediaBounds: MediaBounds = {
	publishersMax: limits.mediaPublishersPerNodeMax,
	publishersPerAddressMax: limits.mediaPublishersPerAddressMax,
	handshakeMilliseconds: limits.mediaHandshakeMillisecondsMax,
	authorizeMilliseconds: limits.authorizePublishMillisecondsMax,
	silenceMilliseconds: limits.mediaSilenceMillisecondsMax,
	takeoverMilliseconds: limits.mediaTakeoverMillisecondsMin,
	bitsPerSecondMax: limits.mediaBitsPerSecondMax,
	bitrateWindowMilliseconds: limits.mediaBitrateWindowMilliseconds,
	viewersMax: limits.mediaViewersPerNodeMax,
	viewersPerAddressMax: limits.mediaViewersPerAddressMax,
	requestMilliseconds: limits.mediaRequestMillisecondsMax,
	unsentBytesMax: limits.mediaUnsentBytesMax,
	stallMilliseconds: limits.mediaStallMillisecondsMax,
	tickMilliseconds: limits.mediaTickMilliseconds,
	healthMilliseconds: limits.streamHealthSeconds * 1_000
};

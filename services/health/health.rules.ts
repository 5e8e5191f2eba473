/** What figures mean: pure, no clock, no I/O. */
import { limits } from "../../config/limits.ts";

export type Check = "ok" | "off" | "red";

export const checkNames = ["sql", "redis", "bus", "media", "outbox", "canary"] as const;

export type Checks = Record<(typeof checkNames)[number], Check>;

export const statusOf = (checks: Checks): "ok" | "red" =>
	checkNames.some((name) => checks[name] === "red") ? "red" : "ok";

/**
 * An age counts only as far as this node was there to see it: after a night in which everything
 * was off the oldest message is hours old, and that says nothing about now.
 */
export interface Age {
	/** Undefined when nobody could tell. */
	readonly ageMs: number | undefined;
	readonly watchedForMs: number;
}

const lateness = ({ ageMs, watchedForMs }: Age): number =>
	Math.min(ageMs ?? Number.POSITIVE_INFINITY, watchedForMs);

/** The relay is behind when the oldest message that is due waits too long. */
export const outboxCheck = (oldest: Age): Check =>
	lateness(oldest) > limits.healthOutboxLagMillisecondsMax ? "red" : "ok";

/**
 * The canary is a message that goes the whole way, outbox → bus → consumer, over and over. One
 * that never came is noticed as soon as one that stopped.
 */
export const canaryCheck = (newest: Age): Check =>
	lateness(newest) > limits.healthCanaryAgeMillisecondsMax ? "red" : "ok";

/** A part that no process of this platform runs is off; one that should be there is not. */
export function presenceCheck(part: { planned: boolean; registered: boolean }): Check {
	if (part.registered) return "ok";
	return part.planned ? "red" : "off";
}

/**
 * Logs: one JSON object per line on stdout, and a readable form of the same on a terminal.
 *
 * Moleculer's own pino logger hands its arguments on as they are, and pino then loses every one
 * after the first (`logger.error("failed", error)` writes no error). So lines are made here.
 */
import { styleText } from "node:util";
import { Loggers } from "moleculer";
import { type DestinationStream, pino } from "pino";
import { currentRequest } from "../../lib/request-context.ts";
import type { Env } from "../env.ts";
import { redact, scrub } from "./redact.ts";

type Level = Env["logLevel"];
type Bindings = Parameters<Loggers.Base<{ level: Level }>["getLogHandler"]>[0];

export interface LogEntry {
	readonly nodeID: string;
	/** Name of the service, or of the part of the broker, that speaks. */
	readonly service: string;
	readonly requestId?: string;
	readonly userId?: string;
	readonly data?: unknown;
	readonly err?: unknown;
}

type Sink = (level: Level, entry: LogEntry, message: string) => void;

function jsonSink(destination?: DestinationStream): Sink {
	const options = {
		level: "trace",
		base: null,
		timestamp: pino.stdTimeFunctions.isoTime,
		formatters: { level: (label: string) => ({ level: label }) }
	};
	const logger = destination ? pino(options, destination) : pino(options);
	return (level, entry, message) => logger[level](entry, message);
}

const colors = {
	fatal: "red",
	error: "red",
	warn: "yellow",
	info: "green",
	debug: "magenta",
	trace: "gray"
} as const satisfies Record<Level, string>;

/** Control characters would let logged input move the cursor or forge a line. */
const visible = (text: string): string =>
	// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
	text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "·");

function textSink(destination: DestinationStream): Sink {
	return (level, { service, requestId, data, err }, message) => {
		const time = new Date().toISOString().slice(11, 23);
		const label = styleText(colors[level], level.toUpperCase().padEnd(5));
		const extra = data === undefined ? "" : ` ${JSON.stringify(data)}`;
		const request = requestId === undefined ? "" : styleText("gray", ` ${visible(requestId)}`);
		const line = visible(`${message.replaceAll("\n", " ")}${extra}`);
		destination.write(`${time} ${label} ${service}: ${line}${request}\n`);
		const stack = (err as { stack?: string } | undefined)?.stack;
		if (stack) destination.write(`${visible(stack)}\n`);
	};
}

/** Sorts the loose arguments of `logger.info(…)` into a message, an error and data. */
function sort(args: readonly unknown[]): { message: string; err?: unknown; data?: unknown } {
	const words: string[] = [];
	const objects: unknown[] = [];
	let error: Error | undefined;
	for (const argument of args) {
		if (argument instanceof Error && !error) error = argument;
		else if (typeof argument === "object" && argument !== null) objects.push(argument);
		else if (argument !== undefined) words.push(String(argument));
	}
	const message = words.length > 0 ? words.join(" ") : (error?.message ?? "");
	const data = objects.length > 1 ? objects : objects[0];
	return {
		message: scrub(message),
		...(error ? { err: redact(error) } : {}),
		...(data === undefined ? {} : { data: redact(data) })
	};
}

class StructuredLogger extends Loggers.Base<{ level: Level }> {
	readonly #sink: Sink;

	constructor(level: Level, sink: Sink) {
		super({ level });
		this.#sink = sink;
	}

	override getLogHandler(bindings: Bindings) {
		const levels: readonly string[] = Loggers.LEVELS;
		const written = new Set(levels.slice(0, levels.indexOf(this.opts.level) + 1));
		const service = bindings.svc ?? bindings.mod;
		return (level: Level, args: unknown[]) => {
			if (!written.has(level)) return;
			const { message, ...rest } = sort(args);
			this.#sink(
				level,
				{ nodeID: bindings.nodeID, service, ...currentRequest(), ...rest },
				message
			);
		};
	}
}

/** Where lines go instead of stdout; for tests. */
export type Destination = DestinationStream | { readonly terminal: DestinationStream };

/** The `logger` option of a broker: JSON, or text on a terminal in development. */
export function loggerOptions(env: Env, destination?: Destination): StructuredLogger {
	if (destination) {
		const sink = "terminal" in destination ? textSink(destination.terminal) : jsonSink(destination);
		return new StructuredLogger(env.logLevel, sink);
	}
	const readable = env.nodeEnv === "development" && process.stdout.isTTY;
	return new StructuredLogger(env.logLevel, readable ? textSink(process.stdout) : jsonSink());
}

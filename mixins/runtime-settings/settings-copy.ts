/**
 * A node's own copy of the run-time settings, so that reading one costs nothing and works while
 * the admin service is away. It starts with the defaults, and keeps what it last knew.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
	isSettingName,
	type SettingName,
	type SettingValueOf,
	settingFault,
	settings
} from "../../config/runtime-settings.ts";

export interface RuntimeSettings {
	/** The value now. Ask at each use: it may change between two calls. */
	get<N extends SettingName>(name: N): SettingValueOf<N>;
}

export interface Snapshot {
	readonly revision: number;
	/** What differs from the defaults; null when nothing changed since the revision asked with. */
	readonly values: Readonly<Record<string, unknown>> | null;
}

export interface SettingsSource {
	/** The settings, unless `known` is still their revision. Undefined: nobody there to ask yet. */
	read(known: number | undefined): Promise<Snapshot | undefined>;
	warn(message: string, error?: unknown): void;
	readonly pollMilliseconds: number;
}

export class SettingsCopy implements RuntimeSettings {
	readonly #source: SettingsSource;
	#values: ReadonlyMap<SettingName, unknown> = new Map();
	#revision: number | undefined;
	#reading: Promise<void> | undefined;
	/** A hint came while a read was on its way: that read may be too old. */
	#again = false;
	#failing = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(source: SettingsSource) {
		this.#source = source;
	}

	get<N extends SettingName>(name: N): SettingValueOf<N> {
		const value = this.#values.has(name) ? this.#values.get(name) : settings[name].default;
		return value as SettingValueOf<N>;
	}

	/** Asks from now on, until `stop`. */
	start(): void {
		this.#timer ??= setInterval(() => {
			if (!this.#reading) void this.refresh();
		}, this.#source.pollMilliseconds).unref();
	}

	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	/** Resolves when the settings have been read once, or after `millisecondsMax` without. */
	async firstLoad(millisecondsMax: number, retryMilliseconds: number): Promise<void> {
		const deadline = performance.now() + millisecondsMax;
		for (;;) {
			const left = deadline - performance.now();
			if (this.#revision !== undefined || left <= 0) return;
			// An admin service that hangs must not hang this node's start with it.
			await Promise.race([this.refresh(), sleep(left, undefined, { ref: false })]);
			if (this.#revision === undefined) await sleep(Math.min(retryMilliseconds, left));
		}
	}

	/** Reads the settings; what was changed before this call is known when it resolves. */
	refresh(): Promise<void> {
		if (this.#reading) {
			this.#again = true;
			return this.#reading;
		}
		this.#reading = this.#readUntilFresh().finally(() => {
			this.#reading = undefined;
		});
		return this.#reading;
	}

	async #readUntilFresh(): Promise<void> {
		do {
			this.#again = false;
			try {
				this.#take(await this.#source.read(this.#revision));
				this.#failing = false;
			} catch (error) {
				if (!this.#failing) this.#source.warn("The run-time settings cannot be read:", error);
				this.#failing = true;
			}
		} while (this.#again);
	}

	#take(snapshot: Snapshot | undefined): void {
		if (!snapshot?.values) return;
		const values = new Map<SettingName, unknown>();
		for (const [name, value] of Object.entries(snapshot.values)) {
			// Another release may know other names. A value beyond our bounds gives our default.
			if (!isSettingName(name)) continue;
			const fault = settingFault(name, value);
			if (fault) this.#source.warn(`The setting ${name} ${fault}; its default is used.`);
			else values.set(name, value);
		}
		this.#values = values;
		this.#revision = snapshot.revision;
	}
}

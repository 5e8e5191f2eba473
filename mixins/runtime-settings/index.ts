/**
 * `this.runtimeSettings.get("auth.registrationsOpen")`: what operators may change while the
 * platform runs. One copy per broker, shared by its services. A change arrives with the hint that
 * follows its commit, or, when the hint is lost, with the next poll: within a second.
 */
import type { ServiceBroker } from "moleculer";
import { limits } from "../../config/limits.ts";
import { typed } from "../../lib/context.ts";
import type { Mixin } from "../../lib/service.ts";
import { type RuntimeSettings, SettingsCopy } from "./settings-copy.ts";

export type { RuntimeSettings } from "./settings-copy.ts";

interface Shared {
	readonly copy: SettingsCopy;
	services: number;
}

const shared = new WeakMap<ServiceBroker, Shared>();

interface Member {
	readonly broker: ServiceBroker;
	runtimeSettings: SettingsCopy;
}

/**
 * `started` waits a moment for the first answer, so that a switch that is off is not on for the
 * first calls after a restart; then it goes on with the defaults, and polls.
 */
export function runtimeSettings(): Mixin<{ runtimeSettings: RuntimeSettings }> {
	return {
		created(this: Member) {
			this.runtimeSettings = join(this.broker);
		},
		events: {
			"admin.settingChanged"(this: Member) {
				void this.runtimeSettings.refresh();
			}
		},
		async started(this: Member) {
			this.runtimeSettings.start();
			await this.runtimeSettings.firstLoad(
				limits.settingsFirstLoadMillisecondsMax,
				limits.settingsFirstLoadRetryMilliseconds
			);
		},
		stopped(this: Member) {
			leave(this.broker);
		}
	} as unknown as Mixin<{ runtimeSettings: RuntimeSettings }>;
}

function join(broker: ServiceBroker): SettingsCopy {
	let entry = shared.get(broker);
	if (!entry) {
		entry = { copy: copyFor(broker), services: 0 };
		shared.set(broker, entry);
	}
	entry.services += 1;
	return entry.copy;
}

function leave(broker: ServiceBroker): void {
	const entry = shared.get(broker);
	if (!entry) return;
	entry.services -= 1;
	if (entry.services > 0) return;
	entry.copy.stop();
	shared.delete(broker);
}

function copyFor(broker: ServiceBroker): SettingsCopy {
	return new SettingsCopy({
		pollMilliseconds: limits.settingsPollMilliseconds,
		async read(known) {
			// The broker writes a warning for each call to a service that is not there.
			if (!broker.registry.actions.isAvailable("admin.settings")) return undefined;
			return typed(broker).call("admin.settings", known === undefined ? {} : { known }, {
				timeout: limits.settingsPollAnswerMillisecondsMax,
				retries: 0
			});
		},
		warn: (message, error) => broker.logger.warn(message, error ?? "")
	});
}

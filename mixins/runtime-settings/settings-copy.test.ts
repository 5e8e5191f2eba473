import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../config/limits.ts";
import { SettingsCopy, type Snapshot } from "./settings-copy.ts";

/** An admin service of one variable, with a door that can be shut. */
function makeSource() {
	const state: { revision: number; values: Record<string, unknown> } = { revision: 0, values: {} };
	const asked: (number | undefined)[] = [];
	const warnings: string[] = [];
	let answer = async (): Promise<Snapshot | undefined> => ({ ...state });
	const source = {
		pollMilliseconds: limits.settingsPollMilliseconds,
		read: async (known: number | undefined) => {
			asked.push(known);
			const snapshot = await answer();
			return snapshot?.revision === known && snapshot ? { ...snapshot, values: null } : snapshot;
		},
		warn: (message: string) => void warnings.push(message)
	};
	const set = (values: Record<string, unknown>): void => {
		state.values = values;
		state.revision += 1;
	};
	const answerBy = (next: typeof answer): void => {
		answer = next;
	};
	return { source, asked, warnings, set, state, answerBy };
}

describe("a node's copy of the settings", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	it("answers the defaults before anything was read", () => {
		const copy = new SettingsCopy(makeSource().source);
		expect(copy.get("auth.registrationsOpen")).toBe(true);
		expect(copy.get("auth.codesPerPhonePerHourMax")).toBe(limits.codesPerPhonePerHourMax);
	});

	it("knows a change after one poll, and polls more than once a second", async () => {
		expect(limits.settingsPollMilliseconds).toBeLessThan(1_000);
		const { source, set } = makeSource();
		const copy = new SettingsCopy(source);
		copy.start();
		set({ "auth.registrationsOpen": false });
		await vi.advanceTimersByTimeAsync(limits.settingsPollMilliseconds);
		expect(copy.get("auth.registrationsOpen")).toBe(false);
		set({});
		await vi.advanceTimersByTimeAsync(limits.settingsPollMilliseconds);
		expect(copy.get("auth.registrationsOpen")).toBe(true);
		copy.stop();
	});

	it("asks with the revision it has, and keeps its values when that is still the one", async () => {
		const { source, set, asked } = makeSource();
		const copy = new SettingsCopy(source);
		set({ "auth.codesPerPhonePerHourMax": 7 });
		await copy.refresh();
		await copy.refresh();
		expect(asked).toEqual([undefined, 1]);
		expect(copy.get("auth.codesPerPhonePerHourMax")).toBe(7);
	});

	it("reads again when a hint comes while an older answer is on its way", async () => {
		const { source, set, state, answerBy, asked } = makeSource();
		const copy = new SettingsCopy(source);
		const gate = Promise.withResolvers<void>();
		const old = { ...state };
		answerBy(async () => {
			await gate.promise;
			return old;
		});
		const first = copy.refresh();
		set({ "auth.registrationsOpen": false });
		answerBy(async () => ({ ...state }));
		const hinted = copy.refresh();
		gate.resolve();
		await Promise.all([first, hinted]);
		expect(asked).toHaveLength(2);
		expect(copy.get("auth.registrationsOpen")).toBe(false);
	});

	it("keeps what it knows while the admin service is away, and says so once", async () => {
		const { source, set, answerBy, warnings } = makeSource();
		const copy = new SettingsCopy(source);
		set({ "auth.registrationsOpen": false });
		await copy.refresh();
		answerBy(() => Promise.reject(new Error("away")));
		await copy.refresh();
		await copy.refresh();
		expect(copy.get("auth.registrationsOpen")).toBe(false);
		expect(warnings).toHaveLength(1);
	});

	it("uses the default for a value beyond its bounds, and skips unknown names", async () => {
		const { source, set, warnings } = makeSource();
		const copy = new SettingsCopy(source);
		set({ "auth.codesPerPhonePerHourMax": 100_000, "later.thing": 1, constructor: 1 });
		await copy.refresh();
		expect(copy.get("auth.codesPerPhonePerHourMax")).toBe(limits.codesPerPhonePerHourMax);
		expect(warnings).toEqual([expect.stringContaining("auth.codesPerPhonePerHourMax")]);
	});

	it("waits at its start until the first answer, but not for ever", async () => {
		vi.useRealTimers();
		const { source, answerBy, asked } = makeSource();
		const late = { revision: 1, values: { "auth.registrationsOpen": false } };
		answerBy(async () => (asked.length < 3 ? undefined : late));
		const copy = new SettingsCopy(source);
		await copy.firstLoad(10_000, 1);
		expect(copy.get("auth.registrationsOpen")).toBe(false);

		answerBy(() => new Promise(() => {}));
		const other = new SettingsCopy(source);
		await other.firstLoad(20, 1);
		expect(other.get("auth.registrationsOpen")).toBe(true);
	});
});

import { describe, expect, it } from "vitest";
import { ApiError } from "./http.ts";
import { Session, storageKey, type Tokens } from "./session.ts";

const hour = 3_600;

/** One browser: storage and lock that all its tabs share, and a platform that trades each once. */
function browser() {
	const kept = new Map<string, string>();
	const platform = { now: 0, trades: 0, good: new Set(["r0"]), down: false };
	const storage = {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => void kept.set(key, value),
		removeItem: (key: string) => void kept.delete(key)
	};
	let last: Promise<unknown> = Promise.resolve();
	const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
		const mine = last.then(work, work);
		last = mine.catch(() => undefined);
		return mine;
	};
	const refresh = async (token: string): Promise<Tokens> => {
		await new Promise((resolve) => setImmediate(resolve));
		if (platform.down) throw new ApiError("OFFLINE", 0);
		if (!platform.good.delete(token)) throw new ApiError("REFRESH_TOKEN_REUSED", 401);
		platform.trades += 1;
		return tokens(`a${platform.trades}`, `r${platform.trades}`);
	};
	const tokens = (accessToken: string, refreshToken: string): Tokens => {
		platform.good.add(refreshToken);
		return { accessToken, refreshToken, expiresIn: hour, user: { id: "7" } };
	};
	const tab = () => new Session({ storage, exclusively, refresh, now: () => platform.now });
	return { platform, storage, tokens, tab };
}

describe("session", () => {
	it("gives guests no token, and asks nobody", async () => {
		const { tab, platform } = browser();
		expect(await tab().token()).toBeUndefined();
		expect(platform.trades).toBe(0);
	});

	it("refreshes once for all who ask at once", async () => {
		const { tab, platform, tokens } = browser();
		const session = tab();
		session.begin(tokens("a0", "r0"));
		platform.now = hour * 1_000;
		const answers = await Promise.all(Array.from({ length: 20 }, () => session.token()));
		expect(new Set(answers)).toEqual(new Set(["a1"]));
		expect(platform.trades).toBe(1);
	});

	it("lets several tabs refresh one after another, and no token is used twice", async () => {
		const { tab, platform, tokens } = browser();
		const first = tab();
		first.begin(tokens("a0", "r0"));
		const tabs = [first, tab(), tab(), tab()];
		platform.now = hour * 1_000;
		const answers = await Promise.all(tabs.map((session) => session.token()));
		expect(new Set(answers).size).toBe(4);
		expect(tabs.map((session) => session.userId())).toEqual(["7", "7", "7", "7"]);
	});

	it("does not give a refused token again", async () => {
		const { tab, tokens } = browser();
		const session = tab();
		session.begin(tokens("a0", "r0"));
		expect(await session.token()).toBe("a0");
		expect(await session.token("a0")).toBe("a1");
		// Somebody else was refused with the old one, after the new one had come.
		expect(await session.token("a0")).toBe("a1");
	});

	it("ends when the platform refuses the refresh, and stays when there is no answer", async () => {
		const { tab, platform, tokens } = browser();
		const session = tab();
		session.begin(tokens("a0", "r0"));
		platform.now = hour * 1_000;
		platform.down = true;
		await expect(session.token()).rejects.toMatchObject({ code: "OFFLINE" });
		expect(session.userId()).toBe("7");
		platform.down = false;
		platform.good.clear();
		expect(await session.token()).toBeUndefined();
		expect(session.userId()).toBeUndefined();
	});

	it("stays ended when a refresh comes back after the sign-out", async () => {
		const { tab, platform, tokens, storage } = browser();
		const session = tab();
		session.begin(tokens("a0", "r0"));
		platform.now = hour * 1_000;
		const late = session.token();
		session.end();
		expect(await late).toBeUndefined();
		expect(storage.getItem(storageKey)).toBeNull();
	});

	it("follows another tab that signs out or in as somebody else, but not its refresh", () => {
		const { tab, tokens } = browser();
		const [one, two] = [tab(), tab()];
		const seen: (string | undefined)[] = [];
		two.subscribe(() => seen.push(two.userId()));
		one.begin(tokens("a0", "r0"));
		two.storageChanged();
		one.begin(tokens("a5", "r5"));
		two.storageChanged();
		one.begin({ ...tokens("a6", "r6"), user: { id: "8" } });
		two.storageChanged();
		one.end();
		two.storageChanged();
		expect(seen).toEqual(["7", "8", undefined]);
	});
});

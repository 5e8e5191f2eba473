import { AsyncLocalStorage } from "node:async_hooks";
import { randomFillSync } from "node:crypto";
import { limits } from "../../config/limits.ts";
import { service } from "../../lib/service.ts";
import { sql } from "../../mixins/sql/index.ts";
import { ids } from "./ids.contract.ts";
import { Dispenser } from "./ids.dispenser.ts";
import { claim } from "./ids.model.ts";
import {
	type Generator,
	generators,
	type Name,
	type Segment,
	shuffledOffsets
} from "./ids.rules.ts";

/** Leaves time for our answer to arrive before the caller's own timeout. */
const waitMilliseconds = (ctx: { options: { timeout?: number | null } }): number =>
	Math.max(
		0,
		(ctx.options.timeout ?? limits.callMillisecondsMax) - limits.idsAnswerMarginMilliseconds
	);

export default service(ids, {
	mixins: [sql()],
	state: () => ({
		dispensers: new Map<Name, Dispenser>(),
		/**
		 * Segments are claimed for everybody, so never inside the async flow of the caller who
		 * happened to need one: it may be in a transaction that is about to roll back.
		 */
		outsideOfCalls: AsyncLocalStorage.snapshot()
	}),
	methods: {
		dispenser(name: Name): Dispenser {
			let dispenser = this.dispensers.get(name);
			if (!dispenser) {
				dispenser = new Dispenser({
					claim: (steps) => this.outsideOfCalls(() => this.claim(name, steps)),
					onClaimFailed: (error, attempt) =>
						this.logger.warn(`No segment for "${name}" (attempt ${attempt}):`, error)
				});
				this.dispensers.set(name, dispenser);
			}
			return dispenser;
		},
		async claim(name: Name, steps: number): Promise<Segment> {
			const generator: Generator = generators[name];
			const run = await claim(this.sql, name, { generator, steps });
			if (generator.kind === "sequential") return { ...run, used: 0 };
			const words = randomFillSync(new Uint32Array(run.size));
			return { ...run, used: 0, order: shuffledOffsets(words) };
		}
	},
	actions: {
		async take(ctx) {
			const { name, count = 1 } = ctx.params;
			return { ids: await this.dispenser(name).take(count, waitMilliseconds(ctx)) };
		},
		async takeUnordered(ctx) {
			const { name, count = 1 } = ctx.params;
			return { ids: await this.dispenser(name).take(count, waitMilliseconds(ctx)) };
		}
	},
	stopped() {
		for (const dispenser of this.dispensers.values()) dispenser.close();
	}
});

import { envOf } from "../../config/env.ts";
import { isReady } from "../../config/lifecycle.ts";
import { limits } from "../../config/limits.ts";
import { processes } from "../../config/processes.ts";
import { typed } from "../../lib/context.ts";
import { type Mixin, service } from "../../lib/service.ts";
import { redis } from "../../mixins/redis.ts";
import { sql } from "../../mixins/sql/index.ts";
import { health } from "./health.contract.ts";
import { busAnswers, Probe } from "./health.probe.ts";
import { type Checks, canaryCheck, outboxCheck, presenceCheck, statusOf } from "./health.rules.ts";

/**
 * The resource without its `started`, which waits until the server answers: this service must be
 * able to say that it does not.
 */
function withoutWaiting<Adds extends object>(mixin: Mixin<Adds>): Mixin<Adds> {
	const { started: _started, ...rest } = mixin as Mixin<Adds> & { started?: unknown };
	return rest as Mixin<Adds>;
}

const mediaIsPlanned = new Set<string>(Object.values(processes).flat()).has("media");

interface Probes {
	readonly sql: Probe<true>;
	readonly redis: Probe<true>;
	readonly bus: Probe<boolean>;
	readonly outbox: Probe<{ oldestAgeMs: number; canaryAgeMs: number | null }>;
}

export default service(health, {
	mixins: [withoutWaiting(sql()), withoutWaiting(redis())],
	state: () => ({
		probes: undefined as unknown as Probes,
		latest: undefined as Promise<Checks> | undefined,
		/** When `latest` is to be asked for anew, on the monotonic clock. */
		staleAt: 0,
		watchingSince: performance.now(),
		draining: false
	}),
	methods: {
		/** Answers of the last moment: a flood of questions costs the parts nothing. */
		checks(): Promise<Checks> {
			if (!this.latest || performance.now() >= this.staleAt) {
				this.staleAt = Number.POSITIVE_INFINITY;
				this.latest = this.askAll().finally(() => {
					this.staleAt = performance.now() + limits.healthFreshMilliseconds;
				});
			}
			return this.latest;
		},

		async askAll(): Promise<Checks> {
			const { broker, probes } = this;
			const hasRedis = envOf(broker).redisUrl !== undefined;
			const [sqlAnswer, redisAnswer, busAnswer, outbox] = await Promise.all([
				probes.sql.run(),
				hasRedis ? probes.redis.run() : undefined,
				broker.transit ? probes.bus.run() : undefined,
				probes.outbox.run()
			]);
			const services = broker.registry.getServiceList({ onlyAvailable: true });
			const registered = services.some(({ name }) => name === "media");
			const watchedForMs = performance.now() - this.watchingSince;
			const canaryAgeMs = outbox?.canaryAgeMs ?? undefined;
			return {
				sql: sqlAnswer ? "ok" : "red",
				redis: !hasRedis ? "off" : redisAnswer ? "ok" : "red",
				bus: !broker.transit ? "off" : busAnswer ? "ok" : "red",
				media: presenceCheck({ planned: mediaIsPlanned, registered }),
				outbox: outbox ? outboxCheck({ ageMs: outbox.oldestAgeMs, watchedForMs }) : "red",
				canary: canaryCheck({ ageMs: canaryAgeMs, watchedForMs })
			};
		},

		/** Called when the shutdown begins, while requests in flight are still answered. */
		drain(): void {
			this.draining = true;
		}
	},
	actions: {
		async check(ctx) {
			const checks = await this.checks();
			// A node that is still starting, or stopping already, is not one to send people to.
			const status = isReady(this.broker) ? statusOf(checks) : "red";
			if (status === "red") ctx.meta.$statusCode = 503;
			return { status, checks };
		},
		live(ctx) {
			if (!this.draining) return { status: "ok" as const };
			ctx.meta.$statusCode = 503;
			return { status: "draining" as const };
		}
	},
	created() {
		const { broker } = this;
		const timeout = limits.healthProbeMillisecondsMax;
		this.probes = {
			sql: new Probe(async () => {
				await this.sql.ping();
				return true as const;
			}),
			redis: new Probe(async () => {
				await this.redis?.ping();
				return true as const;
			}),
			bus: new Probe(() => busAnswers(broker)),
			outbox: new Probe(() => typed(broker).call("outbox.stats", {}, { timeout }))
		};
	}
});

/**
 * Sends spans to an OpenTelemetry collector over OTLP/HTTP JSON; Moleculer has no such exporter.
 *
 * Requests never wait for it: spans go to a bounded queue, batches leave in the background, and a
 * collector that is slow or gone costs only the oldest spans, which are counted.
 */
import { type Span, type Tracer, TracerExporters } from "moleculer";
import { limits } from "../limits.ts";
import { exportRequest, type Process } from "./otlp-span.ts";

const exported = "tracing.spans.exported.total";
const dropped = "tracing.spans.dropped.total";

export interface OtlpOptions {
	/** Base address of the collector; `/v1/traces` is added. May carry `user:password@`. */
	readonly url: string;
	readonly process: Process;
}

/** Answers of a collector after which the same batch may be sent again, by the OTLP standard. */
const retryable = new Set([429, 502, 503, 504]);

export class OtlpExporter extends TracerExporters.Base {
	readonly #url: string;
	readonly #headers: Record<string, string> = { "content-type": "application/json" };
	readonly #process: Process;
	readonly #stopping = new AbortController();
	#queue: Span[] = [];
	#sending: Promise<void> | undefined;
	#timer: NodeJS.Timeout | undefined;
	#failures = 0;
	#pausedUntil = 0;

	constructor(options: OtlpOptions) {
		super({});
		const url = new URL(options.url);
		if (url.username !== "") {
			const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
			this.#headers.authorization = `Basic ${Buffer.from(user).toString("base64")}`;
			url.username = "";
			url.password = "";
		}
		this.#url = `${url.href.replace(/\/+$/, "")}/v1/traces`;
		this.#process = options.process;
	}

	override init(tracer: Tracer): void {
		super.init(tracer);
		for (const name of [exported, dropped]) {
			this.broker.metrics.register({
				type: "counter",
				name,
				description: "Spans for the collector"
			});
			this.broker.metrics.set(name, 0);
		}
		this.#timer = setInterval(() => this.#send(), limits.traceIntervalMilliseconds);
		this.#timer.unref();
	}

	override spanFinished(span: Span): void {
		this.#queue.push(span);
		if (this.#queue.length > limits.traceQueueSpansMax) {
			// A whole batch at once: taking one off the front of a full queue moves all the others.
			this.#drop(this.#queue.splice(0, limits.traceBatchSpansMax).length);
		}
		if (this.#queue.length >= limits.traceBatchSpansMax) this.#send();
	}

	/** Sends what is queued, for at most `limits.traceStopMillisecondsMax`; the rest is dropped. */
	override async stop(): Promise<void> {
		clearInterval(this.#timer);
		const deadline = setTimeout(() => this.#stopping.abort(), limits.traceStopMillisecondsMax);
		await this.#sending;
		this.#pausedUntil = 0;
		this.#send();
		await this.#sending;
		clearTimeout(deadline);
		this.#drop(this.#queue.length);
		this.#queue = [];
	}

	/** Starts sending unless that runs already or a failure was a moment ago. Never throws. */
	#send(): void {
		if (this.#sending || this.#queue.length === 0 || Date.now() < this.#pausedUntil) return;
		this.#sending = this.#drain().finally(() => {
			this.#sending = undefined;
		});
	}

	async #drain(): Promise<void> {
		while (this.#queue.length > 0 && !this.#stopping.signal.aborted) {
			const batch = this.#queue.splice(0, limits.traceBatchSpansMax);
			const outcome = await this.#post(batch);
			if (outcome === "again") {
				this.#queue.unshift(...batch);
				this.#backOff();
				return;
			}
			this.#failures = 0;
			if (outcome === "refused") this.#drop(batch.length);
			else this.broker.metrics.increment(exported, undefined, batch.length);
		}
	}

	async #post(batch: readonly Span[]): Promise<"taken" | "refused" | "again"> {
		try {
			const response = await fetch(this.#url, {
				method: "POST",
				headers: this.#headers,
				body: JSON.stringify(exportRequest(batch, this.#process)),
				redirect: "error",
				signal: AbortSignal.any([
					this.#stopping.signal,
					AbortSignal.timeout(limits.traceRequestMillisecondsMax)
				])
			});
			// An unread body would keep its connection busy.
			await response.body?.cancel();
			if (response.ok) return "taken";
			if (retryable.has(response.status)) return "again";
			this.logger.warn(`The trace collector refused spans with status ${response.status}.`);
			return "refused";
		} catch {
			return "again";
		}
	}

	#backOff(): void {
		this.#failures += 1;
		const pause = limits.traceIntervalMilliseconds * 2 ** Math.min(this.#failures, 16);
		this.#pausedUntil = Date.now() + Math.min(pause, limits.traceBackoffMillisecondsMax);
		// Once per outage, not once per batch.
		if (this.#failures === 1) this.logger.warn("The trace collector does not answer; spans wait.");
	}

	#drop(count: number): void {
		if (count > 0) this.broker.metrics.increment(dropped, undefined, count);
	}
}

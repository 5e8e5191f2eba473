/** Figures for Prometheus that several services have; does nothing where metrics are off. */
import type { ServiceBroker } from "moleculer";
import { limits } from "../config/limits.ts";
import type { CommitFigures } from "../lib/group-commit.ts";

type Kind = "counter" | "gauge" | "histogram";

/** Upper bounds in milliseconds. */
const buckets = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

export interface Figure {
	readonly type: Kind;
	/** Dotted, with its unit at the end. */
	readonly name: string;
	readonly description: string;
	readonly labelNames?: readonly string[];
}

/** Makes them known once; a second registration of the same name would forget what was counted. */
export function register({ metrics }: ServiceBroker, figures: readonly Figure[]): void {
	if (!metrics?.isEnabled()) return;
	for (const { labelNames = [], ...figure } of figures) {
		if (metrics.hasMetric(figure.name)) continue;
		const bounds = figure.type === "histogram" ? { buckets } : {};
		metrics.register({ ...figure, labelNames: [...labelNames], ...bounds } as never);
	}
}

/** Takes a sample now and again and again; the answer ends it. What fails is tried again. */
export function sample(
	broker: ServiceBroker,
	take: () => Promise<void> | void,
	everyMilliseconds: number = limits.processSampleMilliseconds
): () => void {
	if (!broker.isMetricsEnabled()) return () => {};
	let isOver = false;
	let timer: NodeJS.Timeout | undefined;
	const round = async (): Promise<void> => {
		try {
			await take();
		} catch (error) {
			broker.logger.debug("Some figures could not be taken.", error);
		}
		if (!isOver) timer = setTimeout(round, everyMilliseconds).unref();
	};
	void round();
	return () => {
		isOver = true;
		clearTimeout(timer);
	};
}

const labelNames = ["lane"];
const commitFigures: readonly Figure[] = [
	{
		...{ type: "histogram", name: "group.commit.milliseconds", labelNames },
		description: "How long a commit of a lane took, its tries in halves included"
	},
	{
		...{ type: "counter", name: "group.commit.items.total", labelNames },
		description: "Intents that went into commits"
	},
	{
		...{ type: "gauge", name: "group.commit.waiting", labelNames },
		description: "Intents that waited when the last commit ended"
	}
];

/** For `onCommit` of a group commit; `lane` is a word of the code. */
export function watchCommits(broker: ServiceBroker, lane: string): (commit: CommitFigures) => void {
	register(broker, commitFigures);
	return ({ items, milliseconds, waiting }) => {
		broker.metrics?.observe("group.commit.milliseconds", milliseconds, { lane });
		broker.metrics?.increment("group.commit.items.total", { lane }, items);
		broker.metrics?.set("group.commit.waiting", waiting, { lane });
	};
}

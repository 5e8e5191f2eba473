/** The few shapes of PromQL that boards are made of; all of them look at the chosen nodes only. */

interface Choice {
	/** Labels that stay, comma separated; one line for each of their values. */
	readonly by?: string;
	/** More filters, as PromQL writes them. */
	readonly where?: string;
}

const interval = "[$__rate_interval]";
const nodes = 'nodeID=~"$node"';

const filtered = (metric: string, where: string | undefined): string =>
	`${metric}{${where ? `${where}, ` : ""}${nodes}}`;
const grouped = (by: string | undefined): string => (by ? ` by (${by}) ` : "");

/** How often a counter rises in a second. */
export const perSecond = (metric: string, { by, where }: Choice = {}): string =>
	`sum${grouped(by)}(rate(${filtered(metric, where)}${interval}))`;

/** A gauge, added up. */
export const total = (metric: string, { by, where }: Choice = {}): string =>
	`sum${grouped(by)}(${filtered(metric, where)})`;

/** A gauge that every node tells of the same thing: the worst counts. */
export const worst = (metric: string): string => `max(${metric})`;

/** A gauge as each node tells it. */
export const each = (metric: string, where?: string): string => filtered(metric, where);

/** The time that a share of all stayed below, of a histogram. */
export function quantile(share: number, metric: string, { by, where }: Choice = {}): string {
	const labels = by ? `${by}, le` : "le";
	const buckets = `rate(${filtered(`${metric}_bucket`, where)}${interval})`;
	return `histogram_quantile(${share}, sum by (${labels}) (${buckets}))`;
}

/** Median and worst percent, for a panel's series. */
export const times = (metric: string, where?: string): Readonly<Record<string, string>> => ({
	p50: quantile(0.5, metric, where ? { where } : {}),
	p99: quantile(0.99, metric, where ? { where } : {})
});

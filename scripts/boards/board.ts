/** What a Grafana board is, from a short list of rows: places and ids are counted here. */

export interface Panel {
	readonly title: string;
	/** As Grafana names it: `ms`, `ops`, `bytes`; `short` is a plain number. */
	readonly unit: string;
	/** PromQL by what its lines are called; `{{label}}` takes a label's value. */
	readonly series: Readonly<Record<string, string>>;
	/** One large number instead of lines. */
	readonly isNumber?: boolean;
	readonly about?: string;
}

export interface Board {
	/** The file, and the end of the address. */
	readonly name: string;
	readonly title: string;
	readonly rows: Readonly<Record<string, readonly Panel[]>>;
}

const [columns, panelsPerLine, height] = [24, 3, 8];
const datasource = { type: "prometheus", uid: "$" + "{datasource}" };

interface Place {
	readonly h: number;
	readonly w: number;
	readonly x: number;
	readonly y: number;
}

const row = (id: number, title: string, y: number) => ({
	...{ id, type: "row", title, collapsed: false },
	gridPos: { h: 1, w: columns, x: 0, y },
	panels: []
});

function chart(id: number, panel: Panel, gridPos: Place): object {
	const { title, unit, series, isNumber = false, about } = panel;
	return {
		...{ id, type: isNumber ? "stat" : "timeseries", title, datasource, gridPos },
		...(about ? { description: about } : {}),
		fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
		options: isNumber
			? { reduceOptions: { calcs: ["lastNotNull"] } }
			: { legend: { displayMode: "list", placement: "bottom" } },
		targets: Object.entries(series).map(([legendFormat, expr], index) => ({
			...{ refId: String.fromCharCode(65 + index), expr, legendFormat }
		}))
	};
}

function panelsOf({ rows }: Board): object[] {
	const panels: object[] = [];
	let y = 0;
	for (const [title, own] of Object.entries(rows)) {
		panels.push(row(panels.length + 1, title, y));
		y += 1;
		for (let from = 0; from < own.length; from += panelsPerLine) {
			const line = own.slice(from, from + panelsPerLine);
			const w = columns / line.length;
			for (const [index, panel] of line.entries()) {
				panels.push(chart(panels.length + 1, panel, { h: height, w, x: index * w, y }));
			}
			y += height;
		}
	}
	return panels;
}

const variables = [
	{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
	{
		...{ name: "node", label: "Node", type: "query", datasource },
		query: "label_values(process_uptime_seconds, nodeID)",
		...{ refresh: 2, multi: true, includeAll: true, allValue: ".*" }
	}
];

/** The text of the file that Grafana reads. */
export function boardText(board: Board): string {
	const whole = {
		uid: `live-commerce-${board.name}`,
		title: `Live commerce: ${board.title}`,
		tags: ["live-commerce"],
		...{ timezone: "browser", schemaVersion: 39, version: 1, editable: true, refresh: "10s" },
		time: { from: "now-1h", to: "now" },
		templating: { list: variables },
		annotations: { list: [] },
		panels: panelsOf(board)
	};
	// A list of one word on one line, as our formatter would write it.
	return `${JSON.stringify(whole, null, "\t").replaceAll(/\[\s+("[^"]*")\s+\]/g, "[$1]")}\n`;
}

import type { Board } from "./board.ts";
import { each, perSecond, total } from "./promql.ts";

export const video: Board = {
	name: "video",
	title: "video",
	rows: {
		Streams: [
			{
				...{ title: "Streams on air", unit: "short" },
				series: { "{{nodeID}}": each("media_streams_open"), all: total("media_streams_open") }
			},
			{
				...{ title: "Viewers", unit: "short" },
				series: { "{{nodeID}}": each("media_viewers_open"), all: total("media_viewers_open") }
			},
			{
				...{ title: "Encoders connected", unit: "short" },
				series: { "{{nodeID}}": each("media_encoders_connected") }
			},
			{
				...{ title: "Encoders refused per second, by reason", unit: "ops" },
				about: "KEY_NOT_VALID are guesses or old keys.",
				series: { "{{reason}}": perSecond("media_encoders_refused_total", { by: "reason" }) }
			}
		],
		Traffic: [
			{
				...{ title: "From encoders", unit: "Bps" },
				series: { "{{nodeID}}": perSecond("media_in_bytes", { by: "nodeID" }) }
			},
			{
				...{ title: "To viewers", unit: "Bps" },
				series: { "{{nodeID}}": perSecond("media_out_bytes", { by: "nodeID" }) }
			}
		]
	}
};

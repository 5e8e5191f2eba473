import type { Board } from "./board.ts";
import { each, perSecond, total } from "./promql.ts";

export const chat: Board = {
	name: "chat",
	title: "chat",
	rows: {
		"Sockets (im-gateway)": [
			{
				...{ title: "Sockets", unit: "short" },
				series: { "{{nodeID}}": each("im_sockets_open"), all: total("im_sockets_open") }
			},
			{
				...{ title: "Rooms with a socket here", unit: "short" },
				series: { "{{nodeID}}": each("im_rooms_open") }
			},
			{
				...{ title: "Calls refused per second: too many", unit: "ops" },
				series: { "{{nodeID}}": perSecond("im_calls_refused_total", { by: "nodeID" }) }
			},
			{
				...{ title: "Slow readers", unit: "ops" },
				about: "First they get less, then they are closed.",
				series: {
					"messages left out": perSecond("im_messages_shed_total"),
					"sockets closed": perSecond("im_sockets_slow_total")
				}
			},
			{
				...{ title: "Reliable messages sent again per second", unit: "ops" },
				series: { "{{nodeID}}": perSecond("im_messages_repeated_total", { by: "nodeID" }) }
			}
		],
		"Lines (im-router)": [
			{
				...{ title: "Messages to nodes per second", unit: "ops" },
				series: {
					"taken over": perSecond("im_lines_forwarded_total"),
					"again, no answer": perSecond("im_lines_retried_total"),
					"not reached: {{reason}}": perSecond("im_lines_shed_total", { by: "reason" })
				}
			},
			{
				...{ title: "Waiting", unit: "short" },
				series: {
					"lines on {{nodeID}}": each("im_lines_waiting"),
					"users owed by {{nodeID}}": each("im_users_owed")
				}
			},
			{
				...{ title: "Repairs per second", unit: "ops" },
				series: {
					"wrong rows put right": perSecond("im_rows_repaired_total"),
					"put before a device that came back": perSecond("im_messages_redelivered_total"),
					"left to the inbox": perSecond("im_messages_not_owed_total")
				}
			}
		]
	}
};

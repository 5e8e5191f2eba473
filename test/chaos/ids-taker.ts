/**
 * One node that takes ids until SIGTERM: `node ids-taker.ts <takenFile> <countersFile>`, the
 * database in the environment. Every id it was given stands in `takenFile` (8 bytes each) before
 * it asks again; `countersFile` holds how many calls were asked and how many answered.
 */
import { openSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { loadEnv } from "../../config/env.ts";
import { typed } from "../../lib/context.ts";
import idsService from "../../services/ids/ids.service.ts";
import { startBroker } from "../harness/broker.ts";

const [takenFile = "", countersFile = ""] = process.argv.slice(2);
const taken = openSync(takenFile, "a");
const countersHandle = openSync(countersFile, "w");
const counters = new Float64Array(2);
let stopping = false;

function count(which: 0 | 1): void {
	counters[which] = (counters[which] ?? 0) + 1;
	writeSync(countersHandle, counters, 0, counters.byteLength, 0);
}

const broker = await startBroker({ env: loadEnv(), services: [idsService] });
process.once("SIGTERM", () => {
	stopping = true;
});

async function taker(number: number): Promise<void> {
	for (let round = number; !stopping; round++) {
		count(0);
		const params = { name: "users" as const, count: 1 + ((round * 7919) % 10) };
		const { ids } = await typed(broker).call("ids.take", params);
		writeSync(taken, Float64Array.from(ids, Number));
		count(1);
		if (round % 16 === 0) await nextTurn();
	}
}

await Promise.all(Array.from({ length: 8 }, (_, number) => taker(number)));
await broker.stop();

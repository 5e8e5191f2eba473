/**
 * A node of this suite: `node work-node.ts <nodeId> <runsFile>`, the bus in the environment.
 * Every run of `work.change` is a line of its file, written before the work begins, so that a
 * crash cannot hide one.
 */
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../../config/broker.ts";
import { loadEnv } from "../../../config/env.ts";
import { stopOnSignals } from "../../../config/lifecycle.ts";
import { service } from "../../../lib/service.ts";
import { work } from "./work.contract.ts";

const [nodeId = "", runsFile = ""] = process.argv.slice(2);
const runs = openSync(runsFile, "a");

const broker = new ServiceBroker(brokerOptions(loadEnv(), { nodeID: nodeId }));
broker.createService(
	service(work, {
		actions: {
			async look(ctx) {
				await sleep(ctx.params.milliseconds);
				return { node: nodeId };
			},
			async change(ctx) {
				writeSync(runs, `${ctx.params.id}\n`);
				await sleep(ctx.params.milliseconds);
				return { node: nodeId };
			}
		}
	})
);
stopOnSignals(broker);
await broker.start();

/** A node of im-router.test.ts in a process of its own, so that it can be killed. */
import { loadEnv } from "../../config/env.ts";
import { startImNode } from "./im-router-node.ts";

const [, , variables = "{}", namespace = "", userId = ""] = process.argv;
const say = (what: string) => console.log(what);

const env = loadEnv(JSON.parse(variables));
const node = await startImNode({
	...{ env, namespace, nodeId: "child" },
	onDelivery: ({ direct }) => direct.length > 0 && say("told")
});
await node.join("1");
await node.connect(userId);
say("ready");

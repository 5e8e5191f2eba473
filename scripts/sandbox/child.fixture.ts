/** A parent for child.test.ts: starts the sandbox as the platform does, and waits to be killed. */
import { loadEnv } from "../../config/env.ts";
import { withSandbox } from "./child.ts";

const { sandbox } = await withSandbox(loadEnv());
console.log(sandbox.url);
setInterval(() => {}, 60_000);

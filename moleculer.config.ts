/** For `moleculer-runner` (`ROLE=edge npm run node`): a broker built from the environment. */
import { brokerOptions } from "./config/broker.ts";
import { loadEnv } from "./config/env.ts";
import { stopOnSignals } from "./config/lifecycle.ts";

export default brokerOptions(loadEnv(), { created: stopOnSignals });

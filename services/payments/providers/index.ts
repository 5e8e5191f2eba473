/** The providers that this deployment takes money by. */
import type { Env } from "../../../config/env.ts";
import type { PaymentProvider } from "./provider.ts";
import { sandboxProvider } from "./sandbox.ts";

export function providersOf(env: Env): ReadonlyMap<string, PaymentProvider> {
	const providers = env.sandbox.on ? [sandboxProvider(env.sandbox)] : [];
	return new Map(providers.map((provider) => [provider.name, provider]));
}

import type { ServiceBroker } from "moleculer";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { natsOptions } from "../../config/nats.ts";
import { typed } from "../../lib/context.ts";
import { contract } from "../../lib/contract.ts";
import { Empty, object, Type } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { runtimeSettings } from "../../mixins/runtime-settings/index.ts";
import type { SettingsCopy } from "../../mixins/runtime-settings/settings-copy.ts";
import admin from "../../services/admin/admin.service.ts";
import { type Opened, sqlBackends } from "../harness/backends.ts";
import { startBroker } from "../harness/broker.ts";
import { fakeTags } from "../harness/fake-tags.ts";
import { until } from "../harness/until.ts";

const { natsUrl } = inject("servers");
const transporters = [
	{ name: "the fake bus", available: true, transporter: { type: "Fake" } },
	{
		name: "NATS",
		available: natsUrl !== undefined,
		transporter: { type: "NATS", options: natsUrl ? natsOptions(natsUrl) : {} }
	}
] as const;

/** A service that reads settings, on each of the nodes. */
const probe = service(
	contract("probe", {
		actions: {
			ask: {
				summary: "What this node believes.",
				auth: "internal",
				params: Empty,
				returns: object({ open: Type.Boolean(), codes: Type.Integer() })
			}
		}
	}),
	{
		mixins: [runtimeSettings()],
		actions: {
			ask() {
				return {
					open: this.runtimeSettings.get("auth.registrationsOpen"),
					codes: this.runtimeSettings.get("auth.codesPerPhonePerHourMax")
				};
			}
		}
	}
);

const operator = { meta: { user: { id: "1001", sessionId: "1" } } };
const name = "auth.codesPerPhonePerHourMax";

/** Changes from whatever version is in force, as an operator who has just looked would. */
async function set(broker: ServiceBroker, value: number) {
	const { items } = await typed(broker).call("admin.listSettings", {}, operator);
	const version = items.find((item) => item.name === name)?.current.version ?? 0;
	const params = { name, value, version, reason: "a test" };
	return typed(broker).call("admin.changeSetting", params, operator);
}

for (const { name: bus, available, transporter } of transporters) {
	describe.skipIf(!available)(`a changed setting reaches another node over ${bus}`, () => {
		let opened: Opened;
		const brokers: ServiceBroker[] = [];
		const copyOf = (broker: ServiceBroker): SettingsCopy =>
			(broker.getLocalService("probe") as unknown as { runtimeSettings: SettingsCopy })
				.runtimeSettings;
		const codesOn = (broker: ServiceBroker) => copyOf(broker).get(name);

		beforeAll(async () => {
			opened = await (sqlBackends[0] as (typeof sqlBackends)[0]).open();
			const options = { transporter: structuredClone(transporter) };
			const common = {
				env: opened.env,
				namespace: `settings-${process.pid}-${bus.length}`,
				options
			};
			const services = [admin, probe, fakeTags({ "1001": ["operator"] })];
			brokers.push(
				await startBroker({ ...common, nodeId: "one", services, migrate: true }),
				await startBroker({ ...common, nodeId: "two", services: [probe] })
			);
			const [one, two] = brokers as [ServiceBroker, ServiceBroker];
			await two.waitForServices(["admin"], 10_000);
			// Nodes tell each other about a second late what they listen to.
			await until(() => {
				const known = one.registry.getServiceList({ onlyAvailable: true });
				return known.some((item) => item.name === "probe" && item.nodeID === "two");
			});
		});
		afterAll(async () => {
			await Promise.all(brokers.map((broker) => broker.stop()));
			await opened?.close();
		});

		it("by the hint alone", async () => {
			const [one, two] = brokers as [ServiceBroker, ServiceBroker];
			copyOf(two).stop();
			await set(one, 11);
			await until(() => codesOn(two) === 11);
			expect(codesOn(two)).toBe(11);
			copyOf(two).start();
		});

		it("by the poll alone, when the hint is lost", async () => {
			const [one, two] = brokers as [ServiceBroker, ServiceBroker];
			const broadcast = one.broadcast;
			const lost: string[] = [];
			one.broadcast = async (event: string) => void lost.push(event);
			try {
				await set(one, 12);
				await until(() => codesOn(two) === 12 && codesOn(one) === 12);
			} finally {
				one.broadcast = broadcast;
			}
			expect(lost).toEqual(["admin.settingChanged"]);
		});

		it("and stands after the admin service has gone", async () => {
			const [one, two] = brokers as [ServiceBroker, ServiceBroker];
			await set(one, 13);
			await until(() => codesOn(two) === 13);
			await one.stop();
			brokers.shift();
			await copyOf(two).refresh();
			expect(await two.call("probe.ask")).toEqual({ open: true, codes: 13 });
		});
	});
}

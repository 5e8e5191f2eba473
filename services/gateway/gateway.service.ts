import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { envOf } from "../../config/env.ts";
import type { ActionContract } from "../../lib/contract.ts";
import { commonErrors } from "../../lib/errors.ts";
import type { FilePiece } from "../../lib/schemas.ts";
import { service } from "../../lib/service.ts";
import { type Identity, identities } from "../../mixins/identities/index.ts";
import packageJson from "../../package.json" with { type: "json" };
import { allContracts } from "../contracts.ts";
import { gateway } from "./gateway.contract.ts";
import { sendFile } from "./gateway.download.ts";
import { drainServer } from "./gateway.drain.ts";
import { type EdgeRequest, edge } from "./gateway.edge.ts";
import { errorAnswer } from "./gateway.errors.ts";
import { openapiOf, type RegisteredAction } from "./gateway.openapi.ts";
import { pages } from "./gateway.pages.ts";
import { pagePolicy } from "./gateway.policy.ts";
import { bearerOf, mergeParams, rawParams } from "./gateway.request.ts";
import { actionsByName } from "./gateway.routes.ts";
import { rawBodyOf } from "./gateway.security.ts";
import { readUpload, streamOf, UploadSlots } from "./gateway.upload.ts";

const actions = actionsByName(allContracts);

type LooseCall = (...rest: unknown[]) => Promise<unknown>;

const pagesFolder = fileURLToPath(new URL("../../web/dist", import.meta.url));

const schema = service(gateway, {
	mixins: [edge(allContracts), identities()],
	state: () => ({
		uploads: new UploadSlots(),
		draining: false
	}),
	methods: {
		/** Overrides moleculer-web: one call per request, with only what the contract allows. */
		async callAction(
			_route: unknown,
			name: string,
			request: EdgeRequest,
			response: ServerResponse
		) {
			const contract = actions.get(name);
			if (!contract || contract.auth === "internal") throw commonErrors.NOT_FOUND();
			const ctx = request.$ctx;
			const user = await this.callerOf(request, contract);
			if (user) ctx.meta.user = { id: user.id, sessionId: user.sessionId };
			const { query, params: path } = request.$params;
			const body = contract.rawBody
				? rawParams(request, { ...contract.rawBody, bytes: rawBodyOf(request) })
				: request.$params.body;
			const params = mergeParams({ body, query, path }, contract.params);
			const key = request.headers["idempotency-key"];
			const headers = typeof key === "string" ? { "idempotency-key": key } : {};
			// The endpoint was chosen before the params were known: Shard actions choose again.
			const target = contract.shardBy ? name : request.$endpoint;
			const call = (more?: object, options?: object) =>
				(ctx.call as LooseCall)(target, { ...params, ...more }, { headers, ...options });
			// moleculer-web takes anything but true for "no such route".
			if (contract.download) {
				await sendFile(response, (offset) => call({ offset }) as Promise<FilePiece>);
				return true;
			}
			const result =
				contract.upload && user
					? await this.uploads.hold(user.id, async () => {
							const stream = streamOf(await readUpload(request));
							// A stream can be read once, so the call cannot be repeated.
							return call({}, { stream, retries: 0 });
						})
					: await call();
			this.sendResponse(request, response, result);
			return true;
		},

		/** The signed-in caller. A bad token refuses all but public actions, which see a guest. */
		async callerOf(request: EdgeRequest, contract: ActionContract): Promise<Identity | undefined> {
			const token = bearerOf(request);
			const isPublic = contract.auth === "public";
			if (token === undefined) {
				if (isPublic) return undefined;
				throw commonErrors.UNAUTHENTICATED();
			}
			try {
				return await this.identities.identify(token);
			} catch (error) {
				if (isPublic) return undefined;
				throw error;
			}
		},

		/** Overrides moleculer-web, which knows more kinds of answers than a JSON API gives. */
		sendResponse(request: EdgeRequest, response: ServerResponse, result: unknown): void {
			const { $statusCode, $responseHeaders } = request.$ctx.meta;
			const contract = actions.get(request.$action?.name ?? "");
			if (this.draining) response.shouldKeepAlive = false;
			response.statusCode = $statusCode ?? contract?.status ?? 200;
			for (const [name, value] of Object.entries($responseHeaders ?? {})) {
				response.setHeader(name, value);
			}
			if (response.statusCode === 204) {
				response.end();
				return;
			}
			const body = Buffer.from(JSON.stringify(result ?? null));
			response.setHeader("Content-Type", "application/json; charset=utf-8");
			response.setHeader("Content-Length", body.length);
			response.end(body);
		},

		/** Overrides moleculer-web: every error, whatever threw it, leaves in the one form. */
		errorHandler(request: EdgeRequest, response: ServerResponse, thrown: unknown): void {
			const requestId = request.$ctx?.requestID ?? "";
			const { status, retryAfterSeconds, body } = errorAnswer(thrown, requestId);
			if (status >= 500) {
				this.logger.error("Request failed", { url: request.url, status, error: thrown });
			}
			if (response.headersSent) {
				response.destroy();
				return;
			}
			// Who sends too much, or too slowly, is not listened to any longer.
			const isCutOff = (status === 408 || status === 413) && !request.complete;
			if (this.draining || isCutOff) response.shouldKeepAlive = false;
			if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", retryAfterSeconds);
			response.statusCode = status;
			response.setHeader("Content-Type", "application/json; charset=utf-8");
			response.end(JSON.stringify(body));
		},

		/** Overrides moleculer-web: unknown paths too. */
		send404(request: EdgeRequest, response: ServerResponse): void {
			this.errorHandler(request, response, commonErrors.NOT_FOUND());
		},

		/**
		 * Takes no new connections and lets requests in flight finish. Runs before the broker stops:
		 * it waits for calls in flight, and under load new ones would never end.
		 */
		async drain(): Promise<void> {
			if (this.draining) return;
			this.draining = true;
			await drainServer(this.server);
		}
	},
	actions: {
		openapi() {
			const registered = this.broker.registry.getActionList({ onlyAvailable: true });
			const list = registered.map(({ action }) => action as unknown as RegisteredAction);
			return openapiOf(list, packageJson.version);
		}
	},
	created() {
		// moleculer-web asks this for whatever no route answered.
		this.serve = pages(pagesFolder, (html) => pagePolicy(envOf(this.broker), html));
	}
});

/*
 * The library's own actions: `rest` runs every request and belongs to this process; the others
 * would let any service add routes.
 */
const libraryActions = {
	rest: { auth: "internal" },
	listAliases: false,
	addRoute: false,
	removeRoute: false
};

export default { ...schema, actions: { ...schema.actions, ...libraryActions } };

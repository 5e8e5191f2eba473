/**
 * Moleculer's validator, taught JSON Schema: our contracts go to Ajv, the schemas of Moleculer's
 * own `$node.*` actions still go to fastest-validator (replacing it outright breaks the boot).
 */
import { Ajv, type ErrorObject } from "ajv";
import formatsModule from "ajv-formats";
import { Validators } from "moleculer";

// ajv-formats is CommonJS with a `default` beside `module.exports`.
const addFormats = formatsModule as unknown as (ajv: Ajv) => Ajv;

/** What a client may know of a refused param. */
export interface FieldError {
	readonly field: string;
	readonly message: string;
}

/*
 * No coercion and no defaults: inside the cluster a caller sends what the contract says, and a
 * local call passes its params by reference, so writing into them would change the caller's data.
 * All errors are not collected: a huge hostile body must not make a huge answer.
 */
const ajv = addFormats(new Ajv({ strict: false, allErrors: false, ownProperties: true }));

/** Compiles a schema to a function that returns the faults, or an empty list. */
export function compile(schema: object): (value: unknown) => FieldError[] {
	const check = ajv.compile(schema);
	return (value) => (check(value) ? [] : (check.errors ?? []).map(fieldError));
}

function fieldError(error: ErrorObject): FieldError {
	const { missingProperty, additionalProperty } = error.params as Record<string, string>;
	const path = error.instancePath.split("/").slice(1);
	if (missingProperty) path.push(missingProperty);
	if (additionalProperty) path.push(additionalProperty);
	// Keys may be the client's own text: they are named, but never at full length.
	const field = path.map((key) => key.slice(0, 40)).join(".");
	return { field, message: error.message ?? "is not valid" };
}

const isJsonSchema = (schema: Record<string, unknown>): boolean =>
	schema.type === "object" && typeof schema.properties === "object";

export class ContractValidator extends Validators.Fastest {
	override compile(schema: Record<string, unknown>): ReturnType<Validators.Fastest["compile"]> {
		if (!isJsonSchema(schema)) return super.compile(schema);
		const faults = compile(schema);
		const check = (params: unknown) => {
			const found = faults(params);
			return found.length === 0 ? true : found;
		};
		return check as unknown as ReturnType<Validators.Fastest["compile"]>;
	}
}
